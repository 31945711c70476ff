import type { AnyContract, DataOf } from '../../events/contract.ts'
import type { Message } from '../../events/envelope.ts'
import { AdvanceRedrive, RecordOutcome } from '../../events/recovery.ts'
import type { Delivery, Outcome } from '../../reactive/consume.ts'
import { noteHandled } from './acts.ts'
import { advanceStaged, type StagedTools } from './staged.ts'
import type { Becoming } from './store.ts'

/** What the desk's own queue carries. */
export const deskCommands: readonly AnyContract[] = [RecordOutcome, AdvanceRedrive]

/**
 * Serves the desk's own queue. What became of redriven messages is written down first, all of a batch in one commit, so
 * that a staged redrive which is advanced next sees it.
 */
export const deskCommandsOf =
  (tools: StagedTools) =>
  async (deliveries: readonly Delivery[]): Promise<readonly Outcome[]> => {
    const told = deliveries.filter(({ contract }) => contract === RecordOutcome)
    const failed = await attempt(() =>
      noteAll(
        told.map(({ message }) => (message as Message<News>).data),
        tools,
      ),
    )
    const outcomes: Outcome[] = []
    for (const delivery of deliveries) {
      if (delivery.contract === RecordOutcome) outcomes.push(failed)
      else {
        const { plan } = (delivery.message as Message<DataOf<typeof AdvanceRedrive>>).data
        outcomes.push(await attempt(() => advanceStaged(plan, tools, delivery.remainingMs)))
      }
    }
    return outcomes
  }

type News = DataOf<typeof RecordOutcome>

const noteAll = async (news: readonly News[], { desk }: Pick<StagedTools, 'desk'>): Promise<void> => {
  if (news.length === 0) return
  const byRecord = Map.groupBy(news, ({ record }) => record)
  await desk.updateAll(
    new Map(
      [...byRecord].map(([recordId, ofRecord]): [string, Becoming] => [
        recordId,
        (record) => record && ofRecord.reduce((known, { act, at }) => noteHandled(known, act, at), record),
      ]),
    ),
  )
}

const attempt = async (work: () => Promise<unknown>): Promise<Outcome> => {
  try {
    await work()
    return undefined
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error))
  }
}
