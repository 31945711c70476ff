import type { Command } from 'commander'
import { loadBackend } from '../../local/backend.ts'
import { exitCodes } from '../../local/failure.ts'
import { readSettings } from '../../local/settings.ts'
import { action, addCommand } from '../command.ts'

export const registerStatus = (program: Command): Command =>
  action(
    addCommand(program, 'status', 'show what runs, where, and how it differs from an account'),
    async ({ options, out }) => {
      const settings = readSettings(options)
      const backend = await loadBackend(settings.backend)
      const cloud = await backend.find(settings)
      const { port, healthy, because } = cloud
      out.result(
        { backend: cloud.backend, port, healthy, because },
        () => `${cloud.backend} on port ${port}: ${because ?? 'healthy'}`,
      )
      return healthy ? exitCodes.ok : exitCodes.refused
    },
  )
