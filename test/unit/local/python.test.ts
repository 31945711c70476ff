import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { choosePython, type Interpreter, whyNotPython } from '../../../local/python.ts'

const python = (command: string, major: number, minor: number, venv = true): Interpreter => ({
  command,
  version: [major, minor],
  venv,
})

const recent = { least: [3, 10] } as const

describe('choosing a Python', () => {
  test('takes the first that is recent enough and can make environments', () => {
    const found = [python('python3', 3, 9), python('python3.13', 3, 13, false), python('python3.11', 3, 11)]

    expect(choosePython(found, recent).command).toBe('python3.11')
  })

  test.each([
    [3, 10],
    [3, 14],
    [4, 0],
  ])('takes %i.%i', (major, minor) => {
    expect(choosePython([python('python3', major, minor)], recent).version).toEqual([major, minor])
  })

  test('names the package to install when ensurepip is missing', () => {
    expect(() => choosePython([python('python3', 3, 12, false)], recent)).toThrow(
      expect.objectContaining({
        message: 'Python 3.12 (python3) has no ensurepip, so it cannot make a virtual environment',
        remedy: expect.stringContaining('apt install python3.12-venv'),
      }),
    )
  })

  test('says what it found when that is too old', () => {
    expect(() => choosePython([python('python3', 3, 9)], recent)).toThrow(
      'Python 3.10 or later is needed; python3 is 3.9',
    )
  })

  test('says what to install when there is none', () => {
    expect(() => choosePython([], recent)).toThrow(
      expect.objectContaining({ message: 'no Python was found', remedy: expect.stringContaining('python3-venv') }),
    )
  })
})

describe('choosing exactly one Python', () => {
  const exactly = { exactly: [3, 13] } as const

  test('takes no other, older or newer', () => {
    const found = [python('python3', 3, 11), python('python3.14', 3, 14), python('/opt/3.13/bin/python3', 3, 13)]

    expect(choosePython(found, exactly).command).toBe('/opt/3.13/bin/python3')
  })

  test('says which is needed, which was found and how to get it', () => {
    expect(() => choosePython([python('python3', 3, 14)], exactly)).toThrow(
      expect.objectContaining({
        message: 'Python 3.13 is needed; python3 is 3.14',
        remedy: expect.stringMatching(/apt install python3\.13 python3\.13-venv\) or uv, which fetches it$/),
      }),
    )
  })
})

describe.each([
  ['embedded', { ministack: '1.5.33', cryptography: undefined }],
  ['localstack', { 'localstack-core': '2026.3.0', 'moto-ext': '5.1.28', cbor2: '5.9.0' }],
] as const)('the pinned requirements of %s', (backend, wanted) => {
  const text = readFileSync(new URL(`../../../local/${backend}/requirements.txt`, import.meta.url), 'utf8')
  const entries = text
    .replace(/^#.*$/gm, '')
    .split(/\n(?=\S)/)
    .map((entry) => entry.trim())
    .filter(Boolean)

  test.each(Object.entries(wanted))('hold %s', (name, version) => {
    const entry = entries.find((candidate) => candidate.startsWith(`${name}==`))

    expect(entry).toBeDefined()
    if (version) expect(entry!.startsWith(`${name}==${version} `)).toBe(true)
  })

  test('name an exact version and at least one hash each', () => {
    for (const entry of entries)
      expect(entry).toMatch(/^[a-z0-9-]+==[^\s;]+( ;[^\\]+)? \\\n\s+--hash=sha256:[0-9a-f]{64}/)
  })

  test('name no registry', () => {
    expect(text.replace(/^#.*$/gm, '')).not.toMatch(/https?:|--index|--extra|--find-links|--trusted/)
  })
})

describe('asking whether an installation can be had', () => {
  const requirements = new URL('../../../local/localstack/pyproject.toml', import.meta.url).pathname
  const installation = { name: 'LocalStack', requirements, python: { exactly: [3, 13] } } as const
  afterEach(() => vi.unstubAllEnvs())

  test('says what to install where no Python is', async () => {
    vi.stubEnv('PATH', '/nowhere')
    vi.stubEnv('PYENV_ROOT', '/nowhere')

    expect(await whyNotPython(installation)).toMatchObject({
      message: 'no Python was found',
      remedy: expect.stringContaining('python3.13-venv'),
    })
  })

  test('has nothing against a machine that can fetch one', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'neverstop-uv-'))
    writeFileSync(join(folder, 'uv'), '', { mode: 0o755 })
    vi.stubEnv('PATH', folder)
    vi.stubEnv('PYENV_ROOT', '/nowhere')

    expect(await whyNotPython(installation)).toBeUndefined()
    rmSync(folder, { recursive: true })
  })
})
