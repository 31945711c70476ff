import { createHash } from 'node:crypto'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import type { CloudKind } from '../local/capabilities.ts'
import { checkout } from '../local/settings.ts'

/** What decides how an emulator of ours behaves: its pinned packages, its settings, and what of it is our own. */
const parts: Partial<Record<CloudKind, readonly string[]>> = {
  ministack: ['local/embedded/requirements.txt', 'local/embedded/environment.ts'],
  'localstack-host': [
    'local/localstack/requirements.txt',
    'local/localstack/environment.ts',
    'local/localstack/plugin/neverstop_localstack',
    // Which of it LocalStack loads, and as what.
    'local/localstack/plugin/neverstop_localstack-1.0.dist-info',
  ],
}

/**
 * A hash of what an emulator of this checkout is made of, so that results tell which one they were seen on. Undefined
 * of a cloud that somebody else makes.
 *
 * @example
 * madeOf('ministack') // 'b5bb9d8014a0'
 */
export const madeOf = (kind: CloudKind, root: string = checkout): string | undefined => {
  const named = parts[kind]
  if (!named) return undefined
  const hash = createHash('sha256')
  for (const file of named.flatMap((part) => filesOf(join(root, part))))
    hash.update(`\0${file.slice(root.length)}\0`).update(readFileSync(file))
  return hash.digest('hex').slice(0, 12)
}

const filesOf = (path: string): string[] =>
  statSync(path).isDirectory()
    ? readdirSync(path, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile() && /(\.(py|mjs|json|txt)|^METADATA)$/.test(entry.name))
        .map((entry) => join(entry.parentPath, entry.name))
        .sort()
    : [path]
