import { crc32, deflateRawSync } from 'node:zlib'

/** 1 January 1980, the earliest date that the format knows: the archive depends on nothing but its contents. */
const dosDate = (1 << 5) | 1
const deflated = 8
const unixReadable = (0o100644 << 16) >>> 0

/**
 * A ZIP archive of files (path → contents), as Lambda takes it. No folders, no ZIP64: a bundle is far below 4 GB.
 *
 * Layout after PKWARE's APPNOTE.TXT 6.3.10: local headers with their data, then the central directory, then its end.
 *
 * @example
 * await lambda.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ 'index.mjs': code }) }))
 */
export const zip = (files: Record<string, Uint8Array>): Uint8Array => {
  const local: Buffer[] = []
  const central: Buffer[] = []
  let offset = 0
  for (const [path, contents] of Object.entries(files)) {
    const name = Buffer.from(path)
    const data = deflateRawSync(contents, { level: 1 })
    const common = Buffer.alloc(26)
    common.writeUInt16LE(20, 0)
    common.writeUInt16LE(0x0800, 2)
    common.writeUInt16LE(deflated, 4)
    common.writeUInt16LE(dosDate, 8)
    common.writeUInt32LE(crc32(contents), 10)
    common.writeUInt32LE(data.length, 14)
    common.writeUInt32LE(contents.length, 18)
    common.writeUInt16LE(name.length, 22)
    const header = Buffer.concat([Buffer.from('PK\x03\x04', 'latin1'), common, name])
    const entry = Buffer.alloc(14)
    entry.writeUInt32LE(unixReadable, 6)
    entry.writeUInt32LE(offset, 10)
    central.push(Buffer.from('PK\x01\x02\x14\x03', 'latin1'), common, entry, name)
    local.push(header, data)
    offset += header.length + data.length
  }
  const directory = Buffer.concat(central)
  const end = Buffer.alloc(22)
  end.write('PK\x05\x06', 0, 'latin1')
  end.writeUInt16LE(Object.keys(files).length, 8)
  end.writeUInt16LE(Object.keys(files).length, 10)
  end.writeUInt32LE(directory.length, 12)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...local, directory, end])
}
