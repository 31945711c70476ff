import { crc32, inflateRawSync } from 'node:zlib'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { zip } from '../../../local/zip.ts'

/** Reads an archive the way that unpackers do: from the end record to the directory to the entries. */
const unzip = (archive: Uint8Array): Record<string, string> => {
  const bytes = Buffer.from(archive)
  const end = bytes.lastIndexOf(Buffer.from('PK\x05\x06', 'latin1'))
  const files: Record<string, string> = {}
  let at = bytes.readUInt32LE(end + 16)
  for (let entry = 0; entry < bytes.readUInt16LE(end + 10); entry++) {
    expect(bytes.toString('latin1', at, at + 4)).toBe('PK\x01\x02')
    const [checksum, packed, size] = [16, 20, 24].map((field) => bytes.readUInt32LE(at + field)) as [
      number,
      number,
      number,
    ]
    const nameLength = bytes.readUInt16LE(at + 28)
    const name = bytes.toString('utf8', at + 46, at + 46 + nameLength)
    const header = bytes.readUInt32LE(at + 42)
    expect(bytes.toString('latin1', header, header + 4)).toBe('PK\x03\x04')
    const data = header + 30 + bytes.readUInt16LE(header + 26) + bytes.readUInt16LE(header + 28)
    const contents = inflateRawSync(bytes.subarray(data, data + packed))
    expect(contents.length).toBe(size)
    expect(crc32(contents)).toBe(checksum)
    files[name] = contents.toString('utf8')
    at += 46 + nameLength
  }
  return files
}

test('an archive gives back what was put in', () => {
  fc.assert(
    fc.property(
      fc.dictionary(fc.stringMatching(/^[a-zé/]{1,20}$/), fc.string({ maxLength: 400, unit: 'grapheme' })),
      (files) => {
        const archive = zip(Object.fromEntries(Object.entries(files).map(([path, text]) => [path, Buffer.from(text)])))

        expect(unzip(archive)).toEqual({ ...files })
      },
    ),
    { numRuns: 60 },
  )
})

test('the same files make the same archive at any time', () => {
  const files = { 'index.mjs': Buffer.from('export const handler = 1') }

  expect(zip(files)).toEqual(zip(files))
})

test('files can be read by everybody, or the service refuses to run them', () => {
  const bytes = Buffer.from(zip({ 'index.mjs': Buffer.from('x') }))
  const directory = bytes.readUInt32LE(bytes.length - 6)

  expect(bytes.readUInt32LE(directory + 38) >>> 16).toBe(0o100644)
})
