import type { Command } from 'commander'
import { loadBackend } from '../../local/backend.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'

export const registerUp = (program: Command): Command =>
  action(addCommand(program, 'up', 'start the local cloud and deploy every stack to it'), async ({ options, out }) => {
    const settings = readSettings(options)
    const backend = await loadBackend(settings.backend)
    const cloud = await backend.up(settings, out.note)
    out.result({ port: cloud.port, healthy: cloud.healthy }, () => `ready on port ${cloud.port}`)
  })
