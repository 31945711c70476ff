import { BatchGetCommand, type DynamoDBDocumentClient, PutCommand } from '@aws-sdk/lib-dynamodb'
import * as z from 'zod'
import { allEnded } from './all-ended.ts'
import { wasMade } from './conditional.ts'
import type { Path, Reading } from './pressure.ts'
import { least, type Regulation } from './regulator.ts'
import { type EpochMs, expiryOf, hours } from './time.ts'

/** What an operator has set: admission is out of force until then. */
export type Off = { readonly until: EpochMs; readonly reason: string }

/** What all instances of a regulated API share, at one look. */
export type Shared = {
  readonly regulation: Regulation | undefined
  /** How often the regulation was changed; whoever changes it next must have seen this. */
  readonly revision: number
  readonly readings: readonly Reading[]
  readonly off: Off | undefined
}

export type AdmissionStore = {
  readonly look: () => Promise<Shared>
  /** Answers whether it was saved: not when somebody else has been quicker. */
  readonly save: (regulation: Regulation, seen: number) => Promise<boolean>
}

const ms = z.number().refine(Number.isFinite)

/** What stands in the table may be anybody's mistake: what cannot be read counts as not there. */
const reading = z.object({ age: ms.min(0), messages: ms.min(1), at: ms })
const off = z.object({ until: ms, reason: z.string() })
const regulation = z.object({
  share: ms.min(least).max(1),
  level: z.literal([0, 1, 2]),
  expected: ms.min(0),
  at: ms,
  watch: z.object({ from: ms, seen: z.object({ at: ms, ages: z.record(z.string(), ms) }).optional() }),
  calmSince: ms.optional(),
  unheardSince: ms.optional(),
})

export const pressureKey = (queue: string): string => `pressure/${queue}`
export const regulationKey = (name: string): string => `admission/${name}`
export const settingKey = (name: string): string => `admission/${name}/off`

/** The shared state of one regulated API in the table of controls, read in one call. */
export const dynamoAdmission = (
  db: DynamoDBDocumentClient,
  table: string,
  { name, path }: { readonly name: string; readonly path: Path },
): AdmissionStore => {
  const Keys = [regulationKey(name), settingKey(name), ...Object.keys(path).map(pressureKey)].map((control) => ({
    control,
  }))
  return {
    look: async () => {
      const { Responses } = await db.send(new BatchGetCommand({ RequestItems: { [table]: { Keys } } }))
      const items = new Map((Responses?.[table] ?? []).map((item) => [item.control as string, item]))
      const stands = items.get(regulationKey(name))
      return {
        regulation: regulation.safeParse(stands).data as Regulation | undefined,
        revision: typeof stands?.revision === 'number' ? stands.revision : 0,
        readings: Object.keys(path).flatMap((queue) => {
          const read = reading.safeParse(items.get(pressureKey(queue)))
          return read.success ? [{ queue, ...read.data }] : []
        }),
        off: off.safeParse(items.get(settingKey(name))).data,
      }
    },

    save: async (next, seen) => {
      return wasMade(
        db.send(
          new PutCommand({
            TableName: table,
            Item: {
              control: regulationKey(name),
              ...next,
              revision: seen + 1,
              expiresAt: expiryOf(next.at + hours(24)),
            },
            ConditionExpression: 'attribute_not_exists(#revision) OR #revision = :seen',
            ExpressionAttributeNames: { '#revision': 'revision' },
            ExpressionAttributeValues: { ':seen': seen },
          }),
        ),
      )
    },
  }
}

export type ReportPressure = (readings: readonly Reading[]) => Promise<void>

/** Writes readings to where the regulator looks for them. The last one counts; who was first does not matter. */
export const dynamoPressure =
  (db: DynamoDBDocumentClient, table: string): ReportPressure =>
  async (readings) => {
    await allEnded(
      readings.map(({ queue, at, ...seen }) =>
        db.send(
          new PutCommand({
            TableName: table,
            Item: { control: pressureKey(queue), ...seen, at, expiresAt: expiryOf(at + hours(1)) },
          }),
        ),
      ),
    )
  }
