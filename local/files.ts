import { randomBytes } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'

/** The JSON document in a file, or undefined when the file is not there or was cut off by a crash. */
export const readJson = async <T>(path: string): Promise<T | undefined> => {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as T
  } catch {
    return undefined
  }
}

/** Writes a JSON document so that a reader sees the old one or the new one, never half of either. */
export const writeJson = async (path: string, value: unknown, mode = 0o644): Promise<void> => {
  await mkdir(dirname(path), { recursive: true })
  const partial = `${path}.${process.pid}.${randomBytes(4).toString('hex')}`
  await writeFile(partial, `${JSON.stringify(value, null, 2)}\n`, { mode })
  await rename(partial, path)
}
