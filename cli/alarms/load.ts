import { CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { readStacks } from '../../local/assembly.ts'
import { accountConfig } from '../../local/client.ts'
import { type ExitCode, Failure } from '../../local/failure.ts'
import { layout } from '../../local/layout.ts'
import { type Chosen, readSettings, type Settings } from '../../local/settings.ts'
import { alarmsIn, inOrder } from '../../local/watch/alarms.ts'
import { findWatch } from '../../local/watch/process.ts'
import { readHistory, readWatch } from '../../local/watch/records.ts'
import { explainAccount } from '../account/look.ts'
import type { Output } from '../output.ts'
import { listStacks } from '../system.ts'
import { alarmsOfAccount, followAccount, historyOfAccount, namesakes, type Watched } from './account.ts'
import { type AlarmView, alarmViews } from './describe.ts'
import { followHistory } from './follow.ts'

/** The alarms of a stage, and whoever evaluates them. */
export type Alarms = {
  readonly views: readonly AlarmView[]
  /** What keeps the states from being today's, in words. */
  readonly doubts: readonly string[]
  /** One of them with what happened to it. */
  readonly inDetail: (view: AlarmView) => Promise<AlarmView>
  /** Tells each change until Ctrl-C. */
  readonly follow: (out: Output) => Promise<ExitCode>
}

/**
 * The alarms of the stage that the options and the environment choose: in an account as CloudWatch has them, elsewhere as
 * the templates have them, with what the watch knows of each.
 */
export const loadAlarms = (chosen: Chosen): Promise<Alarms> => {
  const settings = readSettings(chosen)
  return settings.backend === 'aws' ? ofAccount(settings) : ofWatch(settings)
}

const ofAccount = async ({ region, stage }: Settings): Promise<Alarms> => {
  const stacks = await listStacks({ clientConfig: accountConfig(region) }, stage).catch(explainAccount)
  const names = stacks.map(({ StackName }) => StackName!)
  const watched: Watched = { client: new CloudWatchClient({ region }), stage, others: namesakes(stage, names) }
  const views = await alarmsOfAccount(watched).catch(explainAccount)
  if (views.length === 0)
    throw new Failure(`stage '${stage}' has no alarms in ${region}`, {
      remedy: `deploy it: ./neverstop deploy --cloud aws --stage ${stage}`,
    })
  return {
    views,
    doubts: [],
    inDetail: async (view) => ({ ...view, history: await historyOfAccount(watched, { name: view.name }) }),
    follow: (out) => followAccount(watched, out),
  }
}

const ofWatch = async ({ state }: Settings): Promise<Alarms> => {
  const stacks = await readStacks(layout(state).assembly).catch(() => undefined)
  if (!stacks) throw new Failure(`nothing was synthesized into ${state}`, { remedy: "start with './neverstop up'" })
  const [record, history, watch] = await Promise.all([readWatch(state), readHistory(state), findWatch(state)])
  return {
    views: alarmViews(inOrder(alarmsIn(stacks)), record, history, Date.now()),
    doubts: [
      ...(watch
        ? []
        : ["nobody evaluates the alarms; './neverstop up' starts the watch, these states are what it last saw"]),
      ...(record?.trouble ? [`the watch's last round failed: ${record.trouble}`] : []),
    ],
    inDetail: async (view) => view,
    follow: (out) => followHistory(state, out),
  }
}
