import { Argument, type Command, InvalidArgumentError } from 'commander'
import type { OrderDocument } from '../../events/http/ordering.ts'
import type { Condition, Line } from '../../events/vocabulary.ts'
import { exitCodes, Failure } from '../../local/failure.ts'
import { action, addCommand, type CloudOptions, wholeNumber } from '../command.ts'

type PlaceOptions = {
  as: string
  payment: string
  key?: string
  wait?: true
  name: string
  street: string
  city: string
  postcode: string
  country: string
}
type Reader = { as?: string }

/** How long `--wait` waits for an order's end. Milliseconds. */
const patience = 120_000

export const registerOrder = (program: Command): Command => {
  const order = program
    .command('order')
    .helpCommand(false)
    .description('place, show, list, cancel, approve, refund and send back orders')

  const place = addCommand(order, 'place', 'place an order as a customer')
    .argument('<sku=quantity...>', 'what to order, e.g. TEA-ASSAM=2 MUG-WHITE', (word, lines: Line[] = []) => [
      ...lines,
      toLine(word),
    ])
    .option('--as <customer>', 'who orders', 'alice')
    .option('--payment <token>', 'tok_ok, tok_declined, tok_insufficient_funds, tok_slow, tok_flaky …', 'tok_ok')
    .option('--key <key>', 'Idempotency-Key: placing again with the same key answers the same')
    .option('--wait', 'wait for the order to end, and show it')
    .option('--name <name>', 'whom to ship to', 'Alice Example')
    .option('--street <street>', 'street and number', 'Mill Lane 1')
    .option('--city <city>', 'city', 'Amsterdam')
    .option('--postcode <postcode>', 'one that begins with 99 makes carriers fail at first', '1011')
    .option('--country <code>', 'two letters', 'NL')
  action<PlaceOptions>(place, async ({ args, options, out }) => {
    const lines = args.map(toLine)
    const api = await speak(options, options.as)
    const { payment, key, name, street, city, postcode, country } = options
    const shipTo = { name, street, city, postcode, country }
    const accepted = await api.placeOrder({ lines, payment: { token: payment }, shipTo }, key)
    const { formatMoney } = await import('../format.ts')
    if (!options.wait) {
      out.result(accepted, () => `${accepted.orderId} placed, ${formatMoney(accepted.total)}`)
      return exitCodes.ok
    }
    out.note(`${accepted.orderId} placed, ${formatMoney(accepted.total)}; waiting for its end`)
    const { until } = await import('../wait.ts')
    const ended = await until(
      async () => {
        const document = await api.order(accepted.orderId)
        return document.status === 'placed' ? undefined : document
      },
      { within: patience },
    )
    if (!ended) throw new Failure(`${accepted.orderId} has not ended within ${patience / 1_000} s`)
    const { describeOrder } = await import('../orders.ts')
    out.result(ended, () => describeOrder(ended))
    return ended.status === 'confirmed' ? exitCodes.ok : exitCodes.refused
  })

  const show = addCommand(order, 'show', 'show an order with its history').argument('<order-id>')
  action<Reader>(asSomebody(show), async ({ args, options, out }) => {
    const document: OrderDocument = await (await speak(options, options.as)).order(args[0]!)
    const { describeOrder } = await import('../orders.ts')
    out.result(document, () => describeOrder(document))
  })

  const list = addCommand(order, 'list', 'list orders, the newest first')
    .option('--customer <name>', "only this customer's")
    .option('--limit <number>', 'how many', wholeNumber(1, 100), 20)
    .option('--cursor <cursor>', 'go on where the page before ended')
  action<Reader & { customer?: string; limit: number; cursor?: string }>(asSomebody(list), async ({ options, out }) => {
    const { customer, limit, cursor } = options
    const page = await (await speak(options, options.as)).orders({ customer, limit, cursor })
    const { describeOrders } = await import('../orders.ts')
    out.result(page, () => describeOrders(page))
  })

  const cancel = addCommand(order, 'cancel', 'ask for an order to be cancelled').argument('<order-id>')
  action<Reader>(asSomebody(cancel), async ({ args, options, out }) => {
    const asked = await (await speak(options, options.as)).cancel(args[0]!)
    out.result(asked, () => `${asked.orderId}: cancellation requested; 'order show' tells whether it came in time`)
  })

  for (const [verb, approved] of [
    ['approve', true],
    ['decline', false],
  ] as const) {
    const review = addCommand(order, verb, `${verb} an order that awaits approval, as an operator`)
      .argument('<order-id>')
      .requiredOption(
        '--reason <text>',
        approved ? 'why; kept in the history of the order' : 'why; the customer is told',
      )
    action<CloudOptions & { reason: string }>(review, async ({ args, options, out }) => {
      const said = await (await speak(options, undefined)).review(args[0]!, { approved, reason: options.reason })
      out.result(said, () => `${said.orderId}: ${said.approval}; 'order show' tells how it goes on`)
    })
  }

  const refund = addCommand(order, 'refund', 'give back the whole total of a confirmed order, as an operator')
    .argument('<order-id>')
    .requiredOption('--reason <text>', 'why; kept in the history of the order')
  action<CloudOptions & { reason: string }>(refund, async ({ args, options, out }) => {
    const asked = await (await speak(options, undefined)).refund(args[0]!, options.reason)
    out.result(asked, () => `${asked.orderId}: refund ${asked.refund}; 'order show' tells what comes of it`)
  })

  const sendBack = addCommand(order, 'return', 'send the whole of a confirmed order back')
    .argument('<order-id>')
    .requiredOption('--reason <text>', 'why; kept in the history of the order')
  action<Reader & { reason: string }>(asSomebody(sendBack), async ({ args, options, out }) => {
    const asked = await (await speak(options, options.as)).sendBack(args[0]!, options.reason)
    out.result(asked, () => `${asked.orderId}: return ${asked.return.state}; 'order show' tells what comes of it`)
  })

  const parcel = addCommand(order, 'parcel', 'say that the parcel of a return has arrived, as an operator')
    .argument('<order-id>')
    .option('--number <tracking-number>', 'which parcel; whichever is on its way without it')
  action<CloudOptions & { number?: string }>(parcel, async ({ args, options, out }) => {
    const known = await (await speak(options, undefined)).receiveParcel(args[0]!, options.number)
    out.result(known, () => `${known.orderId}: ${known.carrier} has brought ${known.trackingNumber}`)
  })

  const inspect = addCommand(order, 'inspect', 'say in what state the goods came back, as an operator')
    .argument('<order-id>')
    .addArgument(new Argument('<condition>', 'how they are').choices(['resellable', 'damaged']))
  action<CloudOptions>(inspect, async ({ args, options, out }) => {
    const noted = await (await speak(options, undefined)).inspect(args[0]!, args[1] as Condition)
    out.result(noted, () => `${noted.orderId}: the goods are ${args[1]}; 'order show' tells how it goes on`)
  })
  return order
}

/** Reading is for operators unless somebody says as which customer. */
const asSomebody = (command: Command): Command =>
  command.option('--as <customer>', 'see it as this customer instead of as an operator')

const speak = async (options: CloudOptions, customer: string | undefined) => {
  const [{ openSystem }, { signIn }] = await Promise.all([import('../system.ts'), import('../sign-in.ts')])
  const identity = customer
    ? ({ role: 'customer', subject: customer } as const)
    : ({ role: 'operator', subject: 'cli' } as const)
  return signIn(await openSystem(options), identity)
}

/** `TEA-ASSAM=2` as a line; a SKU alone is one unit. What the system allows, it says itself. */
const toLine = (word: string): Line => {
  const [, sku, quantity = '1'] = /^([^=\s]+?)(?:=(-?\d+))?$/.exec(word) ?? []
  if (sku === undefined)
    throw new InvalidArgumentError(`'${word}' is not a line of an order: write SKU=QUANTITY, as in TEA-ASSAM=2.`)
  return { sku, quantity: Number(quantity) }
}
