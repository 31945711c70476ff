import type { Command } from 'commander'
import { action, addCommand, wholeNumber } from '../command.ts'

type OffOptions = { for: number; reason: string }

export const registerAdmission = (program: Command): Command => {
  const admission = program
    .command('admission')
    .helpCommand(false)
    .description('how many new orders are let in, and why')

  action(
    addCommand(admission, 'status', 'show what is let in, and when each backlog is drained'),
    async ({ options, out }) => {
      const [{ openSystem }, { admissionStatus, describeAdmission }] = await load()
      const status = await admissionStatus(await openSystem(options))
      out.result(status, () => describeAdmission(status))
    },
  )

  const off = addCommand(admission, 'off', 'let everything in for a while, as an operator who measures')
    .requiredOption('--for <minutes>', 'after which it is in force again by itself', wholeNumber(1, 120))
    .requiredOption('--reason <text>', 'why; shown to whoever asks')
  action<OffOptions>(off, async ({ options, out }) => {
    const [{ openSystem }, { switchOff }] = await load()
    const { until } = await switchOff(await openSystem(options), {
      during: options.for * 60_000,
      reason: options.reason,
    })
    out.result({ until }, () => `everything is let in until ${until}; the alarm admission-off says so`)
  })

  action(addCommand(admission, 'on', 'put admission in force again'), async ({ options, out }) => {
    const [{ openSystem }, { switchOn }] = await load()
    await switchOn(await openSystem(options))
    out.result({ on: true }, () => 'new orders are let in by how long they would wait')
  })
  return admission
}

const load = () => Promise.all([import('../system.ts'), import('../admission.ts')])
