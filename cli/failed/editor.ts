import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { exitCodes, Failure } from '../../local/failure.ts'

/**
 * A text after somebody has edited it in $VISUAL or $EDITOR. The file is in a folder that only its owner can read, and is
 * gone afterwards: messages are personal.
 *
 * @throws Failure when no editor is set, or when it ends badly.
 */
export const edited = (text: string, name: string, env: NodeJS.ProcessEnv = process.env): string => {
  const editor = env.VISUAL ?? env.EDITOR
  if (!editor)
    throw new Failure('no editor is set', {
      exitCode: exitCodes.usage,
      remedy: 'set EDITOR, or give the change as a JSON Patch with --patch',
    })
  const folder = mkdtempSync(join(tmpdir(), 'neverstop-'))
  try {
    const file = join(folder, `${name}.json`)
    writeFileSync(file, text, { mode: 0o600 })
    // Through a shell, as git does it: $EDITOR may carry options.
    const { status, error } = spawnSync('/bin/sh', ['-c', `${editor} "$1"`, 'editor', file], { stdio: 'inherit' })
    if (error || status !== 0)
      throw new Failure(`${editor} ended with ${error?.message ?? `status ${status}`}; nothing was changed`)
    return readFileSync(file, 'utf8')
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
