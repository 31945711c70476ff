import { spawnSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { GetQueueUrlCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs'
import { afterAll, describe, expect, inject, test } from 'vitest'
import { everyItem } from '../../cli/api.ts'
import { seal } from '../../events/envelope.ts'
import { type FailedSummary, failedClasses } from '../../events/http/recovery.ts'
import { ProductListed } from '../../events/inventory.ts'
import { failureAttribute } from '../../reactive/failure.ts'
import { patience, until } from './patience.ts'
import { expectConservation, operator, system } from './world.ts'

const folder = 'docs/runbooks/failures'
const sqs = new SQSClient(system.clientConfig)
const queue = `neverstop-${system.stage}-ordering-events`
const scratch = mkdtempSync(join(tmpdir(), 'runbooks-'))
afterAll(() => rmSync(scratch, { recursive: true, force: true }))

/** A message that failed as one of a class would have, harmless to whoever handles it in the end. */
const aFailure = async (failureClass: string): Promise<FailedSummary> => {
  const sku = `T-${randomBytes(6).toString('hex').toUpperCase()}`
  const price = { amount: failureClass === 'poison' ? ('ten' as never) : 900, currency: 'EUR' }
  const time = new Date().toISOString()
  const message = seal(ProductListed({ sku, name: 'For a runbook', price, revision: 1 } as never), {
    id: `${sku}/1`,
    source: '/inventory',
    subject: sku,
    time,
    correlationid: sku,
    ...(failureClass === 'expired' ? { deadline: '2026-01-01T00:00:00.000Z' } : {}),
  })
  const note = {
    class: failureClass,
    code: `of-${sku}`,
    message: 'It failed.',
    consumer: '/ordering',
    receives: 1,
    at: time,
  }
  const { QueueUrl } = await sqs.send(new GetQueueUrlCommand({ QueueName: `${queue}-dead` }))
  await sqs.send(
    new SendMessageCommand({
      QueueUrl,
      MessageBody: JSON.stringify(message),
      MessageAttributes: {
        [failureAttribute]: {
          DataType: 'String',
          StringValue: JSON.stringify({ ...note, origin: `http://localhost/000000000000/${queue}` }),
        },
      },
    }),
  )
  const found = await until(
    async () => {
      for await (const one of everyItem((cursor) => operator.failed({ class: failureClass, cursor, limit: 100 })))
        if (one.subject === sku) return one
      return undefined
    },
    { within: 30_000 },
  )
  return found ?? expect.fail(`the ${failureClass} message never came to the desk`)
}

/** The commands that a page ends with, a line each. */
const commandsOf = (page: string): string[] => {
  const [last = ''] = [...page.matchAll(/```sh\n([\s\S]+?)```/g)].map(([, block]) => block!).slice(-1)
  return last.split('\n').filter((line) => line !== '')
}

describe('the runbook of failures', () => {
  test('has a page for each class, and no page more', () => {
    const pages = readdirSync(folder).filter((file) => file !== 'README.md')
    expect(pages.toSorted()).toEqual(failedClasses.map((one) => `${one}.md`).toSorted())
  })

  test.each(failedClasses)(
    'of class %s ends with commands that do what it says',
    { timeout: patience(120_000) },
    async (failureClass) => {
      const page = readFileSync(join(folder, `${failureClass}.md`), 'utf8')
      expect(page.trimEnd().endsWith('```')).toBe(true)
      const commands = commandsOf(page)
      expect(commands.length).toBeGreaterThan(3)

      const { id, fingerprint } = await aFailure(failureClass)
      const { port, state, cloud } = inject('chosen')
      const env = {
        ...process.env,
        ID: id,
        GROUP: fingerprint,
        FILE: join(scratch, `${failureClass}.jsonl`),
        NEVERSTOP_PORT: String(port),
        NEVERSTOP_STATE: state,
        NEVERSTOP_CLOUD: cloud,
      }
      for (const command of commands) {
        const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', command], { env, encoding: 'utf8' })
        expect(status, `${command}\n${stdout}\n${stderr}`).toBe(0)
      }
      const settled = await until(
        async () => {
          const { status } = await operator.failedRecord(id)
          return status === 'handled' || status === 'discarded' ? status : undefined
        },
        { within: 30_000 },
      )
      const discarding = ['expired', 'unknown']
      expect(settled).toBe(discarding.includes(failureClass) ? 'discarded' : 'handled')
    },
  )
})

test('afterwards money and stock are conserved', expectConservation)
