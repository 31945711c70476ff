import type { Command } from 'commander'
import { action, addCommand } from '../command.ts'

export const registerSeed = (program: Command): Command =>
  action(addCommand(program, 'seed', 'put the catalogue on the shelves'), async ({ options, out }) => {
    const [{ openSystem }, { seed }] = await Promise.all([import('../system.ts'), import('../seed.ts')])
    const seeded = await seed(await openSystem(options))
    out.result(seeded, () => `${seeded.products} products can be ordered`)
  })
