import type { Command } from 'commander'
import { exitCodes, Failure } from '../../local/failure.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'

export const registerDestroy = (program: Command): Command =>
  action<{ dryRun?: true; yes?: true; confirm?: string }>(
    addCommand(program, 'destroy', 'take a stage out of an account and say what stays')
      .option('--dry-run', 'show what would go and what would stay, and stop')
      .option('--yes', 'go on without asking; a stage that is protected wants its name instead')
      .option('--confirm <stage>', 'the name of the stage, for one that is protected'),
    async ({ options, out }) => {
      const settings = readSettings(options)
      const { backend, stage, region } = settings
      if (backend !== 'aws')
        throw new Failure('a cloud on this machine is not destroyed but ended', {
          exitCode: exitCodes.usage,
          remedy: "use './neverstop down --purge', or say --cloud aws",
        })
      const [{ destroyInAccount }, { accountPorts }] = await Promise.all([
        import('../account/destroy.ts'),
        import('../account/ports.ts'),
      ])
      const { dryRun = false, yes = false, confirm } = options
      const { document, human } = await destroyInAccount(
        { stage, region, dryRun, yes, ...(confirm === undefined ? {} : { confirmed: confirm }) },
        accountPorts(settings, {}),
        out,
      )
      out.result(document, () => human)
    },
  )
