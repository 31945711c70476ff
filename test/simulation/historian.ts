import { ConditionalCheckFailedException } from '@aws-sdk/client-dynamodb'
import type { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb'
import type { Change } from '../../reactive/stream-relay.ts'
import { seconds } from '../../reactive/time.ts'
import type { Definition } from '../../sagas/engine/definition.ts'
import { historian } from '../../sagas/operators/historian.ts'
import { dynamoHistory } from '../../sagas/operators/history-store.ts'
import type { Advance, Line } from '../../sagas/operators/note.ts'
import type { StreamOf } from './table-stream.ts'
import type { Process, World } from './world.ts'

type Item = Record<string, unknown> & { readonly sagaId: string; readonly revision: number; readonly seen?: number }

/** What operators are told of sagas: the history's table, kept by the production historian from the stream of the sagas'. */
export type Historian = {
  /** A write to the sagas' table, as its stream passes it on. */
  hear(change: Change, place: { readonly sagaId: string; readonly revision: number }): void
  /** Commits that the stream forgot before they were read, as `saga/revision`. */
  readonly lost: ReadonlySet<string>
  advancesOf(sagaId: string): readonly Advance[]
  lineOf(sagaId: string): Line | undefined
}

/** For how long changes are gathered in production. */
const gathering = seconds(2)

/** The table refuses single items of a batch, and a write may be made without anybody hearing of it. */
export const simulatedHistory = (world: World, stream: StreamOf, definitions: readonly Definition[]): Historian => {
  const table = new Map<string, Map<number, string>>()
  const lost = new Set<string>()

  const rowsOf = (sagaId: string) => table.get(sagaId) ?? table.set(sagaId, new Map()).get(sagaId)!
  const put = (item: Item) => rowsOf(item.sagaId).set(item.revision, JSON.stringify(item))

  /** The part of the client that the historian uses, as one process holds it. */
  const client = (process: Process) =>
    ({
      send: (command: { input: Record<string, unknown>; constructor: { name: string } }) => {
        const { input } = command
        const { name } = command.constructor
        return world.call(process, `${name} history`, () => {
          if (name === 'BatchWriteCommand') {
            const { history } = input.RequestItems as { history: { PutRequest: { Item: Item } }[] }
            const refused = history.filter(() => world.strikes('entry-refused', 'history'))
            for (const request of history) if (!refused.includes(request)) put(request.PutRequest.Item)
            return refused.length > 0 ? { UnprocessedItems: { history: refused } } : {}
          }
          const item = input.Item as Item
          const seen = (JSON.parse(rowsOf(item.sagaId).get(item.revision) ?? '{}') as Partial<Item>).seen
          if (name !== 'PutCommand') throw new Error(`The simulated history knows no ${name}.`)
          if (seen !== undefined && seen >= item.seen!)
            throw new ConditionalCheckFailedException({ message: 'A newer line is there.', $metadata: {} })
          put(item)
          return {}
        })
      },
    }) as unknown as DynamoDBDocumentClient

  const commits = stream({
    name: 'saga-historian',
    gather: gathering,
    options: (process) => historian(definitions, dynamoHistory(client(process), 'history')),
  })

  return {
    hear: (change, { sagaId, revision }) => {
      if (!commits.hear(change)) lost.add(`${sagaId}/${revision}`)
    },
    lost,
    advancesOf: (sagaId) =>
      [...rowsOf(sagaId)]
        .filter(([revision]) => revision > 0)
        .sort(([a], [b]) => a - b)
        .map(([, text]) => JSON.parse(text) as Advance),
    lineOf: (sagaId) => {
      const text = rowsOf(sagaId).get(0)
      return text === undefined ? undefined : (JSON.parse(text) as Line)
    },
  }
}
