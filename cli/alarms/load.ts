import { readStacks } from '../../local/assembly.ts'
import { Failure } from '../../local/failure.ts'
import { layout } from '../../local/layout.ts'
import { type Chosen, readSettings, type Settings } from '../../local/settings.ts'
import { alarmsIn, inOrder } from '../../local/watch/alarms.ts'
import { findWatch } from '../../local/watch/process.ts'
import { readHistory, readWatch } from '../../local/watch/records.ts'
import { type AlarmView, alarmViews } from './describe.ts'

/** The alarms of a stage as its templates have them, with what the watch knows of each. */
export const loadAlarms = async (
  chosen: Chosen,
): Promise<{ settings: Settings; views: AlarmView[]; running: boolean; trouble?: string | undefined }> => {
  const settings = readSettings(chosen)
  const { state } = settings
  const stacks = await readStacks(layout(state).assembly).catch(() => undefined)
  if (!stacks) throw new Failure(`nothing was synthesized into ${state}`, { remedy: "start with './neverstop up'" })
  const [record, history, watch] = await Promise.all([readWatch(state), readHistory(state), findWatch(state)])
  return {
    settings,
    views: alarmViews(inOrder(alarmsIn(stacks)), record, history, Date.now()),
    running: watch !== undefined,
    trouble: record?.trouble,
  }
}
