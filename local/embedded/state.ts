import { constants, existsSync } from 'node:fs'
import { cp, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readJson, writeJson } from '../files.ts'
import { layout } from '../layout.ts'

/** The emulator's own folders under `data`: service states, one file each, and the objects of S3. */
export const dataFolders = (state: string) => ({
  services: join(layout(state).data, 'state'),
  objects: join(layout(state).data, 's3'),
})

/**
 * Makes what the emulator will load consistent, and keeps a copy of it.
 *
 * ministack writes objects to disk at once, but the services' states only when it ends well; a crash leaves the two of
 * different ages (a bucket that no stack knows), and a crash while it saves leaves services of different ages. It
 * removes its pid file last of all, so a pid file that is left tells of a crash: then the copy of the last consistent
 * state is put back. A state that was written on another port is moved to this one.
 */
export const prepareState = async (state: string, port: number): Promise<'kept' | 'restored'> => {
  const { data, savedData, tmp } = layout(state)
  const crashed = (await list(tmp)).some((name) => /^ministack-\d+\.pid$/.test(name))
  if (crashed) {
    await rm(data, { recursive: true, force: true })
    if (existsSync(savedData)) await copy(savedData, data)
  } else if (existsSync(data)) {
    const partial = `${savedData}.partial`
    await rm(partial, { recursive: true, force: true })
    await copy(data, partial)
    await rm(savedData, { recursive: true, force: true })
    await rename(partial, savedData)
  }
  for (const folder of Object.values(dataFolders(state))) await mkdir(folder, { recursive: true })
  await moveToPort(state, port)
  await readStreamsAnew(state)
  // Last, since it forgets the sign of the crash; with it go folders that killed function processes left behind.
  await rm(tmp, { recursive: true, force: true })
  await mkdir(tmp, { recursive: true })
  // The emulator starts functions from a CommonJS script below; inside a checkout of ES modules it would not be read as one.
  await writeJson(join(tmp, 'package.json'), { type: 'commonjs' })
  return crashed ? 'restored' : 'kept'
}

/**
 * Queues are known by their URLs, and those hold the port, in the service itself and wherever a stack or a function was
 * given one. The states are JSON, in which such a URL reads the same everywhere.
 */
const moveToPort = async (state: string, port: number) => {
  const origin = join(layout(state).data, 'origin.json')
  const before = await readJson<{ port: number }>(origin)
  if (before && before.port !== port) {
    const { services } = dataFolders(state)
    const [from, to] = [before.port, port].map((number) => `http://localhost:${number}/`) as [string, string]
    for (const name of (await list(services)).filter((file) => file.endsWith('.json'))) {
      const text = await readFile(join(services, name), 'utf8')
      if (text.includes(from)) await writeFile(join(services, name), text.replaceAll(from, to))
    }
  }
  await writeJson(origin, { port })
}

/**
 * ministack keeps how far each function has read a table's stream, but not the stream: after a start the position lies
 * beyond the new stream's end, and as many changes as were read before would be skipped in silence. Without a position
 * it reads from the beginning of what there is.
 */
const readStreamsAnew = async (state: string) => {
  const file = join(dataFolders(state).services, 'lambda.json')
  const saved = await readJson<{ payload?: { dynamodb_stream_positions?: { data?: object } } }>(file)
  const positions = saved?.payload?.dynamodb_stream_positions
  if (!positions?.data || Object.keys(positions.data).length === 0) return
  positions.data = {}
  await writeJson(file, saved)
}

const copy = (from: string, to: string) => cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE })

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
