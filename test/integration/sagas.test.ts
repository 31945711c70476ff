import { LambdaClient, ListEventSourceMappingsCommand, UpdateEventSourceMappingCommand } from '@aws-sdk/client-lambda'
import { UpdateCommand } from '@aws-sdk/lib-dynamodb'
import { describe, expect, test } from 'vitest'
import { Refusal } from '../../cli/api.ts'
import { signIn } from '../../cli/sign-in.ts'
import { actTaken, type SagaDocument, sagaDocument, sagaPage, sagaVersions } from '../../events/http/sagas.ts'
import { acquirerIsBack } from './breakers.ts'
import { json, neverstop } from './command-line.ts'
import { until } from './patience.ts'
import {
  booksOf,
  dynamo,
  ended,
  expectAgreement,
  expectConservation,
  newCustomer,
  newProducts,
  operator,
  orderOf,
  recordsOf,
  system,
  tableOf,
  withFaults,
} from './world.ts'

const lambda = new LambdaClient(system.clientConfig)
const idOf = (orderId: string) => `fulfil-order:${orderId}`
const olga = signIn(system, { role: 'operator', subject: 'olga' })
const otto = signIn(system, { role: 'operator', subject: 'otto' })

/** Waits until a saga is as `look` wants it, and shows it. */
const saga = async (orderId: string, look: (saga: SagaDocument) => boolean): Promise<SagaDocument> => {
  let last: SagaDocument | undefined
  const seen = await until(
    async () => {
      last = await operator.saga(idOf(orderId)).catch((error: unknown) => {
        // The order has been accepted; its saga starts in a moment.
        if (error instanceof Refusal && error.problem.status === 404) return undefined
        throw error
      })
      return last && look(last) ? last : undefined
    },
    { within: 60_000, every: 200 },
  )
  if (!seen) throw new Error(`${idOf(orderId)} is not as it should be: ${JSON.stringify(last, null, 1)}`)
  return seen
}
const waitsFor = (step: string) => (document: SagaDocument) => document.outstanding.some((it) => it.step === step)

/** An order that waits for its payment's authorisation, which the acquirer is too ill to give. */
const stuckOrder = async (sku: string) => {
  const customer = newCustomer()
  const { orderId } = await customer.api.placeOrder(orderOf({ [sku]: 1 }))
  await saga(orderId, waitsFor('authorise-payment'))
  // Undone before the acquirer was ever called, it would not be stuck.
  await until(async () => ((await recordsOf('PaymentsTable', orderId)).length > 0 ? true : undefined), {
    within: 30_000,
  })
  return { orderId, customer }
}

/** Lets a function consume its queue, or keeps it from doing so. */
const turnConsumer = async (handler: string, Enabled: boolean): Promise<void> => {
  const FunctionName = `neverstop-${system.stage}-${handler}`
  const { EventSourceMappings = [] } = await lambda.send(new ListEventSourceMappingsCommand({ FunctionName }))
  expect(EventSourceMappings).toHaveLength(1)
  await lambda.send(new UpdateEventSourceMappingCommand({ UUID: EventSourceMappings[0]!.UUID!, Enabled }))
  // What it has in hand it still finishes.
  await new Promise((resolve) => setTimeout(resolve, 1_000))
}

/** Has the undo of a step fail for good, which takes an hour of silence otherwise: as the coordinator would commit it. */
const failUndo = async (orderId: string, step: string): Promise<void> => {
  const { steps, revision } = await operator.saga(idOf(orderId))
  const index = steps.findIndex((it) => it.step === step)
  await dynamo.send(
    new UpdateCommand({
      TableName: tableOf('SagasTable'),
      Key: { sagaId: idOf(orderId) },
      UpdateExpression: `SET #steps[${index}][0] = :failed, #steps[${index}][3] = :never, revision = :next`,
      ConditionExpression: 'revision = :revision',
      ExpressionAttributeNames: { '#steps': 'steps' },
      ExpressionAttributeValues: {
        ':failed': 'undo-failed',
        ':never': 0,
        ':next': revision + 1,
        ':revision': revision,
      },
    }),
  )
}

const refusalOf = async (promise: Promise<unknown>) => {
  const error = await promise.then(
    () => undefined,
    (thrown: unknown) => thrown,
  )
  if (!(error instanceof Refusal)) throw new Error(`expected a refusal, but got ${String(error)}`)
  return error.problem
}

/**
 * Has a saga ask again as soon as the acquirer is called again, and waits until it has: an act that is still under way
 * would meet whatever comes next. The saga may have gone on by itself in the meantime.
 */
const nudge = async (orderId: string): Promise<void> => {
  await acquirerIsBack()
  const refused = await olga
    .actOnSaga(idOf(orderId), { verb: 'retry', reason: 'it is back' }, { key: 'nudge', dryRun: false })
    .then(
      () => false,
      (error: unknown) => {
        if (error instanceof Refusal && error.problem.status === 409) return true
        throw error
      },
    )
  const isOver = ({ state }: SagaDocument) => ['done', 'undone', 'operator'].includes(state)
  if (!refused) await saga(orderId, (its) => isOver(its) || its.acts.some(({ verb }) => verb === 'retry'))
}

describe('a saga that is stuck', () => {
  test('is listed by what is wrong with it, shown with what it waits for, and asks again when it is told to', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await withFaults('acquirer', { down: true }, async () => {
      const { orderId } = await stuckOrder(sku)

      const listed = await until(
        async () => {
          const page = await operator.sagas({ state: 'forward', definition: 'fulfil-order' })
          expect(sagaPage.safeParse(page).error).toBeUndefined()
          return page.items.find(({ sagaId }) => sagaId === idOf(orderId))
        },
        { within: 30_000 },
      )
      expect(listed).toMatchObject({ state: 'forward', subject: orderId, overdue: false })

      const shown = await operator.saga(idOf(orderId))
      expect(sagaDocument.safeParse(shown).error).toBeUndefined()
      expect(shown).toMatchObject({
        outstanding: [{ type: 'payments.AuthorisePayment.v1', step: 'authorise-payment', until: expect.any(String) }],
        options: expect.arrayContaining([{ verb: 'retry', step: 'authorise-payment' }, { verb: 'compensate' }]),
      })
      const { stdout } = await neverstop('saga', 'show', idOf(orderId))
      expect(stdout).toMatch(/authorise-payment │.*█.*│ sent/)
      expect(stdout).toMatch(/waits for +AuthorisePayment of authorise-payment until \d\d:/)
      expect(stdout).toMatch(/you can .*retry --step authorise-payment.*compensate/)

      const retried = await json<{ saga: SagaDocument; verdict: string }>(
        ...['saga', 'retry', idOf(orderId), '--step', 'authorise-payment', '--by', 'olga'],
        ...['--reason', 'the acquirer will be back in a moment'],
      )
      expect(retried).toMatchObject({ exitCode: 0, said: { verdict: 'applied', saga: { acts: [{ verb: 'retry' }] } } })
      return { orderId }
    })

    await nudge(orderId)
    expect((await ended(orderId)).status).toBe('confirmed')
    const after = await saga(orderId, ({ history }) => history.some(({ outcome }) => outcome === 'done'))
    expect(after.history.flatMap(({ acts = [] }) => acts)[0]).toMatchObject({
      verb: 'retry',
      step: 'authorise-payment',
      by: 'olga',
      reason: 'the acquirer will be back in a moment',
    })
    expect(await booksOf(orderId)).toMatchObject([{ captured: 1_000 }])
    await expectAgreement([sku, orderId])
  })

  test('is compensated: it turns back, and ends when its payment is let go', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await withFaults('acquirer', { down: true }, async () => {
      const { orderId } = await stuckOrder(sku)
      const dry = await neverstop('saga', 'compensate', idOf(orderId), '--reason', 'x', '--dry-run')
      expect(dry.stdout).toMatch(/would make it compensating; .*authorise-payment undoing.*would ask VoidPayment/)
      expect((await operator.saga(idOf(orderId))).state).toBe('forward')

      const taken = await olga.actOnSaga(
        idOf(orderId),
        { verb: 'compensate', reason: 'the campaign is over' },
        { key: 'k', dryRun: false },
      )
      expect(actTaken.safeParse(taken).error).toBeUndefined()
      await saga(orderId, ({ state }) => state === 'compensating')
      return { orderId }
    })
    await nudge(orderId)
    expect(await ended(orderId)).toMatchObject({ status: 'rejected', reason: { code: 'stopped' } })
    // The order has ended before its saga hears of that.
    await saga(orderId, ({ state }) => state === 'undone')
    await expectAgreement([sku, orderId])
  })

  test('is cancelled for a customer who rang up', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await withFaults('acquirer', { down: true }, async () => {
      const { orderId } = await stuckOrder(sku)
      await olga.actOnSaga(idOf(orderId), { verb: 'cancel', reason: 'rang up' }, { key: 'k', dryRun: false })
      const noted = await saga(orderId, ({ cancelNoted }) => cancelNoted)
      expect(noted.acts).toMatchObject([{ verb: 'cancel', by: 'olga', reason: 'rang up' }])
      return { orderId }
    })
    await nudge(orderId)
    expect((await ended(orderId)).status).toBe('cancelled')
    await expectAgreement([sku, orderId])
  })

  /** An order on its way back whose stock nobody lets go, because inventory does not listen for the length of `work`. */
  const withStockHeld = async (sku: string, work: (orderId: string) => Promise<void>) => {
    try {
      const { orderId } = await withFaults('acquirer', { down: true }, async () => {
        const { orderId } = await stuckOrder(sku)
        await olga.actOnSaga(idOf(orderId), { verb: 'compensate', reason: 'x' }, { key: 'k', dryRun: false })
        await saga(orderId, ({ state }) => state === 'compensating')
        await turnConsumer('inventory-commands', false)
        return { orderId }
      })
      await nudge(orderId)
      await saga(orderId, waitsFor('reserve-stock'))
      await work(orderId)
      await turnConsumer('inventory-commands', true)
      // What waited in its queue is done late, and changes nothing any more.
      await expectAgreement([sku, orderId])
    } finally {
      await turnConsumer('inventory-commands', true)
    }
  }

  test('is resolved by evidence, and the late answer changes nothing any more', async () => {
    const [sku] = (await newProducts(10)) as [string]
    await withStockHeld(sku, async (orderId) => {
      const resolved = await json<{ saga: SagaDocument }>(
        ...['saga', 'resolve', idOf(orderId), '--step', 'reserve-stock', '--as', 'undone'],
        ...['--reason', 'counted on the shelf', '--by', 'otto'],
      )
      expect(resolved).toMatchObject({ exitCode: 0, said: { saga: { state: 'undone' } } })
      expect((await ended(orderId)).status).toBe('rejected')
      expect((await operator.saga(idOf(orderId))).acts.at(-1)).toMatchObject({ verb: 'resolve', by: 'otto' })
    })
  })

  test('whose undo has failed for good is a case, until a person answers for it', async () => {
    const [sku] = (await newProducts(10)) as [string]
    await withStockHeld(sku, async (orderId) => {
      await failUndo(orderId, 'reserve-stock')
      const listed = await until(
        async () => (await operator.sagas({ state: 'case' })).items.find(({ sagaId }) => sagaId === idOf(orderId)),
        { within: 30_000 },
      )
      expect(listed).toMatchObject({ state: 'case', failedStep: 'reserve-stock' })
      const { stdout } = await neverstop('saga', 'show', idOf(orderId))
      expect(stdout).toMatch(/reserve-stock +│.*!.*│ undo-failed/)
      expect(stdout).toMatch(/waits for +a person to settle reserve-stock/)
      expect(stdout).toMatch(/you can .*skip --step reserve-stock · resolve --step reserve-stock --as undone/)

      const dry = await json(
        'saga',
        'skip',
        '--status',
        'case',
        '--step',
        'reserve-stock',
        '--reason',
        'x',
        '--dry-run',
      )
      expect(dry).toMatchObject({ exitCode: 0, said: { taken: [{ sagaId: idOf(orderId) }] } })
      const skipped = await json(
        ...['saga', 'skip', idOf(orderId), '--step', 'reserve-stock', '--by', 'olga', '--reason', 'written off'],
      )
      expect(skipped).toMatchObject({
        exitCode: 0,
        said: { saga: { state: 'operator', case: { by: 'olga', reason: 'written off' } } },
      })
      expect((await ended(orderId)).status).toBe('rejected')
      const after = await until(
        async () => (await operator.sagas({ state: 'operator' })).items.find(({ sagaId }) => sagaId === idOf(orderId)),
        { within: 30_000 },
      )
      expect(after).toMatchObject({ failedStep: 'reserve-stock' })
    })
  })
})

describe('a saga that waits for a word', () => {
  test('hears it from an operator who signals, refuses what is no such word, and goes on', async () => {
    const [sku] = (await newProducts(200)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 101 }))
    const isAsked = ({ steps }: SagaDocument) => steps.some((it) => it.step === 'approval' && it.status === 'sent')
    await saga(orderId, isAsked)
    const reason = { code: 'reviewed', message: 'Agreed on the telephone.' }
    const word = { orderId, approved: true, reviewedBy: 'otto', reason }
    const signal = (data: object) =>
      json(
        ...['saga', 'signal', idOf(orderId), '--step', 'approval', '--data', JSON.stringify(data)],
        ...['--reason', 'agreed on the telephone', '--by', 'otto'],
      )

    expect(await signal({ orderId, approved: 'perhaps' })).toMatchObject({
      exitCode: 1,
      said: { error: { details: { status: 409, detail: expect.stringContaining('waits for a OrderReviewed') } } },
    })
    expect(isAsked(await operator.saga(idOf(orderId)))).toBe(true)

    expect(await signal(word)).toMatchObject({ exitCode: 0 })
    expect((await ended(orderId)).status).toBe('confirmed')
    const { acts, state } = await saga(orderId, ({ state }) => state === 'done')
    expect({ acts, state }).toMatchObject({
      acts: [{ verb: 'signal', step: 'approval', by: 'otto', reason: 'agreed on the telephone' }],
      state: 'done',
    })
    await expectAgreement([sku, orderId])
  })
})

describe('two operators at once', () => {
  test('who do the same: both are in the history, and the order is charged once', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await withFaults('acquirer', { down: true }, async () => {
      const { orderId } = await stuckOrder(sku)
      const retry = { verb: 'retry' as const, reason: 'it must be back by now' }
      await Promise.all([olga, otto].map((who) => who.actOnSaga(idOf(orderId), retry, { key: 'k', dryRun: false })))
      const { acts } = await saga(orderId, ({ acts }) => acts.length === 2)
      expect(acts.map(({ by }) => by).toSorted()).toEqual(['olga', 'otto'])
      return { orderId }
    })
    await nudge(orderId)
    expect((await ended(orderId)).status).toBe('confirmed')
    expect(await booksOf(orderId)).toMatchObject([{ authorised: 1_000, captured: 1_000 }])
    await expectAgreement([sku, orderId])
  })

  test('who want different things: one is done, the other is refused or at the desk, and neither is lost', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId, acts } = await withFaults('acquirer', { down: true }, async () => {
      const { orderId } = await stuckOrder(sku)
      const acts = await Promise.allSettled([
        olga.actOnSaga(idOf(orderId), { verb: 'compensate', reason: 'a' }, { key: 'k', dryRun: false }),
        otto.actOnSaga(idOf(orderId), { verb: 'cancel', reason: 'b' }, { key: 'k', dryRun: false }),
      ])
      return { orderId, acts }
    })
    const sent = acts.flatMap((act) => (act.status === 'fulfilled' ? [act.value.actId] : []))
    expect(sent.length).toBeGreaterThan(0)
    await until(
      async () => {
        const { acts } = await operator.saga(idOf(orderId))
        const { items } = await operator.failed({ limit: 100 })
        const accounted = [...acts.map(({ id }) => id), ...items.map(({ messageId }) => messageId)]
        return sent.every((id) => accounted.includes(id)) ? true : undefined
      },
      { within: 30_000 },
    )
    const done = (await operator.saga(idOf(orderId))).acts
    expect(done).toHaveLength(1)
    const parked = (await operator.failed({ limit: 100 })).items.filter(({ messageId }) => sent.includes(messageId!))
    expect(parked.length).toBe(sent.length - 1)
    for (const item of parked) expect(item).toMatchObject({ class: 'permanent', code: 'wrong-state' })
    await nudge(orderId)
    expect((await ended(orderId)).status).toBe(done[0]!.verb === 'cancel' ? 'cancelled' : 'rejected')
    await expectAgreement([sku, orderId])
  })

  test('one of whom says the same thing twice under one key: it is done once', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await withFaults('acquirer', { down: true }, async () => {
      const { orderId } = await stuckOrder(sku)
      const saying = { key: 'once', dryRun: false }
      const say = () => olga.actOnSaga(idOf(orderId), { verb: 'retry', reason: 'again' }, saying)
      const first = await say()
      await saga(orderId, ({ acts }) => acts.length === 1)
      expect(await say()).toMatchObject({ actId: first.actId, verdict: 'known', changes: [] })
      return { orderId }
    })
    await ended(orderId)
    const after = await saga(orderId, ({ history }) => history.some(({ phase }) => phase === 'ended'))
    expect(after.history.flatMap(({ acts = [] }) => acts)).toHaveLength(1)
    await expectAgreement([sku, orderId])
  })
})

describe('a verb that does not fit', () => {
  test('answers 409 in the words of the machine, dry or in earnest, and is on nobody’s desk', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const { orderId } = await newCustomer().api.placeOrder(orderOf({ [sku]: 1 }))
    await ended(orderId)
    await saga(orderId, ({ state }) => state === 'done')
    for (const dryRun of [true, false]) {
      const problem = await refusalOf(
        olga.actOnSaga(idOf(orderId), { verb: 'cancel', reason: 'x' }, { key: 'k', dryRun }),
      )
      expect(problem).toMatchObject({
        status: 409,
        type: 'urn:neverstop:problem:wrong-state',
        detail: expect.stringContaining('has ended done'),
      })
    }
    const run = await json('saga', 'retry', idOf(orderId), '--reason', 'x')
    expect(run).toMatchObject({ exitCode: 1, said: { error: { details: { status: 409 } } } })
    const { items } = await operator.failed({ limit: 100 })
    expect(
      items.filter(({ subject, messageType }) => subject === orderId && messageType === 'saga.DirectSaga.v1'),
    ).toEqual([])
  })

  test('is refused to customers', async () => {
    const { api } = newCustomer()
    expect(await refusalOf(api.sagas())).toMatchObject({ status: 403 })
    const act = api.actOnSaga(idOf('ord_x'), { verb: 'retry', reason: 'x' }, { key: 'k', dryRun: false })
    expect(await refusalOf(act)).toMatchObject({ status: 403 })
  })

  test('for a saga that there is not answers 404', async () => {
    expect(await refusalOf(operator.saga('fulfil-order:ord_nobody'))).toMatchObject({ status: 404 })
  })
})

describe('many sagas', () => {
  test('are acted on by a filter, after a dry run that does nothing', async () => {
    const [sku] = (await newProducts(10)) as [string]
    const orders = await withFaults('acquirer', { down: true }, async () => {
      const orders = await Promise.all(Array.from({ length: 3 }, () => stuckOrder(sku)))
      const mine = orders.map(({ orderId }) => idOf(orderId)).toSorted()
      await until(async () => ((await operator.sagas({ state: 'forward' })).items.length >= 3 ? true : undefined), {
        within: 30_000,
      })
      const filter = ['--definition', 'fulfil-order', '--status', 'forward', '--reason', 'the campaign is over']

      type Said = { taken: { sagaId: string }[]; refused: unknown[]; done: string[] }
      const dry = await json<Said>('saga', 'compensate', ...filter, '--dry-run')
      expect(dry.exitCode).toBe(0)
      expect(dry.said.taken.map(({ sagaId }) => sagaId).toSorted()).toEqual(mine)
      expect(dry.said).not.toHaveProperty('done')
      for (const { orderId } of orders) expect((await operator.saga(idOf(orderId))).acts).toEqual([])

      const done = await json<Said>('saga', 'compensate', ...filter, '--rate', '2', '--by', 'otto')
      expect(done.said.done.toSorted()).toEqual(mine)
      expect(done.said.refused).toEqual([])
      expect(done.exitCode).toBe(0)
      for (const sagaId of mine)
        expect((await operator.saga(sagaId)).acts).toMatchObject([{ by: 'otto', reason: 'the campaign is over' }])
      return orders
    })
    await acquirerIsBack()
    await json('saga', 'retry', '--status', 'compensating', '--reason', 'it is back')
    for (const { orderId } of orders) expect((await ended(orderId)).status).toBe('rejected')
    await expectAgreement([sku, ...orders.map(({ orderId }) => orderId)])
  })

  test('are counted by version', async () => {
    const versions = await operator.sagaVersions()
    expect(sagaVersions.safeParse(versions).error).toBeUndefined()
    expect(versions.items).toContainEqual(
      expect.objectContaining({
        definition: 'fulfil-order',
        deployed: true,
        newest: true,
        removable: false,
      }),
    )
    expect((await neverstop('saga', 'versions')).stdout).toMatch(/fulfil-order +│ v\d+ \(newest\)/)
  })
})

test('afterwards money and stock are conserved', expectConservation)
