import { type FSWatcher, readdirSync, statSync, watch } from 'node:fs'
import { join, relative } from 'node:path'

/**
 * Tells every change of a file under a folder, by its path in the folder, with slashes.
 *
 * On Linux each directory is watched by itself: Node's recursive watching follows files there, and loses one that an
 * editor replaces by another of the same name, which is how many of them save.
 */
export const watchTree = (folder: string, changed: (path: string) => void): { close: () => void } => {
  if (process.platform !== 'linux') {
    const watcher = watch(folder, { recursive: true }, (_, file) => file && changed(file.replaceAll('\\', '/')))
    return { close: () => watcher.close() }
  }
  const watchers = new Map<string, { watcher: FSWatcher; inode: number }>()
  const add = (directory: string, told: boolean) => {
    const inode = inodeOf(directory)
    if (inode === undefined || watchers.get(directory)?.inode === inode) return
    // Of the same name, but another directory: what was watched is gone.
    remove(directory)
    const watcher = watch(directory, (_, file) => {
      if (!file) return
      const path = join(directory, file)
      if (inodeOf(path) !== undefined) add(path, true)
      else if (watchers.has(path)) remove(path)
      else changed(relative(folder, path))
    })
    watcher.on('error', () => remove(directory))
    watchers.set(directory, { watcher, inode })
    for (const entry of readdirSync(directory, { withFileTypes: true })) {
      if (entry.isDirectory()) add(join(directory, entry.name), told)
      // What was in a new directory before it was watched.
      else if (told) changed(relative(folder, join(directory, entry.name)))
    }
  }
  const remove = (directory: string) => {
    for (const [path, { watcher }] of watchers) {
      if (path !== directory && !path.startsWith(`${directory}/`)) continue
      watcher.close()
      watchers.delete(path)
    }
  }
  add(folder, false)
  return {
    close: () => {
      for (const { watcher } of watchers.values()) watcher.close()
      watchers.clear()
    },
  }
}

/** Of a directory; undefined for anything else. */
const inodeOf = (path: string): number | undefined => {
  const found = statSync(path, { throwIfNoEntry: false })
  return found?.isDirectory() ? found.ino : undefined
}
