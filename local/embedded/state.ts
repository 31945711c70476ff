import { constants, existsSync } from 'node:fs'
import { cp, mkdir, readdir, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
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
 * state is put back.
 */
export const prepareState = async (state: string): Promise<'kept' | 'restored'> => {
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
  // Last, since it forgets the sign of the crash; with it go folders that killed function processes left behind.
  await rm(tmp, { recursive: true, force: true })
  for (const folder of [...Object.values(dataFolders(state)), tmp]) await mkdir(folder, { recursive: true })
  return crashed ? 'restored' : 'kept'
}

const copy = (from: string, to: string) => cp(from, to, { recursive: true, mode: constants.COPYFILE_FICLONE })

const list = (folder: string): Promise<string[]> => readdir(folder).catch(() => [])
