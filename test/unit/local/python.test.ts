import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { choosePython, type Interpreter } from '../../../local/embedded/python.ts'

const python = (command: string, major: number, minor: number, venv = true): Interpreter => ({
  command,
  version: [major, minor],
  venv,
})

describe('choosing a Python', () => {
  test('takes the first that is recent enough and can make environments', () => {
    const found = [python('python3', 3, 9), python('python3.13', 3, 13, false), python('python3.11', 3, 11)]

    expect(choosePython(found).command).toBe('python3.11')
  })

  test.each([
    [3, 10],
    [3, 14],
    [4, 0],
  ])('takes %i.%i', (major, minor) => {
    expect(choosePython([python('python3', major, minor)]).version).toEqual([major, minor])
  })

  test('names the package to install when ensurepip is missing', () => {
    expect(() => choosePython([python('python3', 3, 12, false)])).toThrow(
      expect.objectContaining({
        message: 'Python 3.12 (python3) has no ensurepip, so it cannot make a virtual environment',
        remedy: expect.stringContaining('apt install python3.12-venv'),
      }),
    )
  })

  test('says what it found when that is too old', () => {
    expect(() => choosePython([python('python3', 3, 9)])).toThrow('Python 3.10 or later is needed; python3 is 3.9')
  })

  test('says what to install when there is none', () => {
    expect(() => choosePython([])).toThrow(
      expect.objectContaining({ message: 'no Python was found', remedy: expect.stringContaining('python3-venv') }),
    )
  })
})

describe('the pinned requirements', () => {
  const text = readFileSync(new URL('../../../local/embedded/requirements.txt', import.meta.url), 'utf8')
  const entries = text
    .replace(/^#.*$/gm, '')
    .split(/\n(?=\S)/)
    .map((entry) => entry.trim())
    .filter(Boolean)

  test('hold ministack and cryptography', () => {
    expect(entries.find((entry) => entry.startsWith('ministack=='))).toMatch(/^ministack==1\.5\.33 /)
    expect(entries.some((entry) => entry.startsWith('cryptography=='))).toBe(true)
  })

  test('name an exact version and at least one hash each', () => {
    for (const entry of entries)
      expect(entry).toMatch(/^[a-z0-9-]+==[^\s;]+( ;[^\\]+)? \\\n\s+--hash=sha256:[0-9a-f]{64}/)
  })

  test('name no registry', () => {
    expect(text).not.toMatch(/https?:|--index|--extra|--find-links|--trusted/)
  })
})
