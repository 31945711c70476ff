import type { Command } from 'commander'
import { exitCodes } from '../../local/failure.ts'
import { action, addCommand, wholeNumber } from '../command.ts'

export const registerAudit = (program: Command): Command =>
  action<{ settle: number }>(
    addCommand(program, 'audit', 'recompute money and stock from all records, and say whether they agree').option(
      '--settle <seconds>',
      'wait up to this long for everything under way to end',
      wholeNumber(0, 3_600),
      0,
    ),
    async ({ options, out }) => {
      const [{ openSystem }, { audit }, { describeAudit }] = await Promise.all([
        import('../system.ts'),
        import('../audit.ts'),
        import('../audit/describe.ts'),
      ])
      const audited = await audit(await openSystem(options), { settleWithin: options.settle * 1_000 })
      out.result(audited, () => describeAudit(audited))
      return audited.ok ? exitCodes.ok : exitCodes.refused
    },
  )
