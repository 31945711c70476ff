import { setTimeout as sleep } from 'node:timers/promises'
import { type ExitCode, exitCodes } from '../../local/failure.ts'
import { readHistory } from '../../local/watch/records.ts'
import { interruption } from '../interruption.ts'
import type { Output } from '../output.ts'
import { describeEntry } from './describe.ts'

/** Tells every change of an alarm as it happens, until Ctrl-C; with `--json` one document a line. */
export const followHistory = async (state: string, out: Output): Promise<ExitCode> => {
  let ended = false
  void interruption().then(() => {
    ended = true
  })
  let shown = (await readHistory(state)).length
  while (!ended) {
    const history = await readHistory(state)
    // The older half of a long file goes now and then.
    if (history.length < shown) shown = 0
    for (const entry of history.slice(shown)) out.line(out.json ? JSON.stringify(entry) : describeEntry(entry))
    shown = history.length
    await sleep(500)
  }
  return exitCodes.ok
}
