import type { Command } from 'commander'
import { stateAfterStop } from '../../local/adapter.ts'
import { loadBackend } from '../../local/backend.ts'
import { readSettings } from '../../local/settings.ts'
import { stopWatch } from '../../local/watch/process.ts'
import { action, addCommand } from '../command.ts'

export const registerDown = (program: Command): Command =>
  action<{ purge?: true }>(
    addCommand(program, 'down', 'stop the local cloud and keep its state, where it keeps any').option(
      '--purge',
      'forget its state as well',
    ),
    async ({ options, out }) => {
      const settings = readSettings(options)
      const backend = await loadBackend(settings.backend)
      const purge = options.purge === true
      await stopWatch(settings.state)
      const stopped = await backend.down(settings, { purge }, out.note)
      const state = purge ? 'its state is forgotten' : stateAfterStop(backend, settings.state)
      out.result({ stopped, purged: purge }, () => `${stopped ? 'stopped' : 'no cloud was running'}; ${state}`)
    },
  )
