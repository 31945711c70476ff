import type { Command } from 'commander'
import { exitCodes } from '../../local/failure.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

type LookOptions = { settle: number; grace?: number }

export const registerLedger = (program: Command): Command => {
  const ledger = addCommand(program, 'ledger', 'reconcile every message that was sent with what became of it')
    .helpCommand(false)
    .option('--settle <seconds>', 'look again for up to this long, until nothing is missing', wholeNumber(0, 3_600), 0)
    .option(...grace)
  action<LookOptions>(ledger, async ({ options, out }) => {
    const [{ openSystem }, { describeLedger, isSettled, settledLedger }] = await load()
    const report = await settledLedger(await openSystem(options), options.settle * 1_000, graceMs(options))
    out.result(report, () => describeLedger(report))
    return isSettled(report) ? exitCodes.ok : exitCodes.refused
  })

  const resend = addCommand(ledger, 'resend', 'give a missing message once more to the one who misses it')
    .argument('<id>', 'of the message, as the ledger lists it')
    .argument('<queue>', 'on which it is missing, as the ledger lists it')
    .requiredOption('--reason <text>', 'why it is missing; kept with the act')
    .option(...grace)
  action<{ reason: string; grace?: number }>(resend, async ({ args, options, out }) => {
    const [{ openSystem }, { resendMissing }] = await load()
    const [id, queue] = args as [string, string]
    const request = { id, queue, reason: options.reason, ...graceMs(options) }
    const resent = await resendMissing(await openSystem(options), request)
    out.result(resent, () => `${resent.resent} is on ${resent.queue} once more`)
  })
  return ledger
}

const grace = [
  '--grace <seconds>',
  "how long a message may be in nobody's records (the stage's own patience)",
  wholeNumber(0, 86_400),
] as const

const graceMs = ({ grace }: { grace?: number }) => (grace === undefined ? {} : { graceMs: grace * 1_000 })

const load = () => Promise.all([import('../system.ts'), import('../ledger.ts')])
