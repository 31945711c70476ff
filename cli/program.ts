import { Command } from 'commander'
import { exitCodes } from '../local/failure.ts'
import { registerAdmission } from './commands/admission.ts'
import { registerAlarms } from './commands/alarms.ts'
import { registerAudit } from './commands/audit.ts'
import { registerCapacity } from './commands/capacity.ts'
import { registerCost } from './commands/cost.ts'
import { registerDemo } from './commands/demo.ts'
import { registerDeploy } from './commands/deploy.ts'
import { registerDestroy } from './commands/destroy.ts'
import { registerDev } from './commands/dev.ts'
import { registerDown } from './commands/down.ts'
import { registerFailed } from './commands/failed.ts'
import { registerGameday } from './commands/gameday.ts'
import { registerHelp } from './commands/help.ts'
import { registerLab } from './commands/lab.ts'
import { registerLedger } from './commands/ledger.ts'
import { registerLoad } from './commands/load.ts'
import { registerLocate } from './commands/locate.ts'
import { registerLogs } from './commands/logs.ts'
import { registerOrder } from './commands/order.ts'
import { registerSaga } from './commands/saga.ts'
import { registerSeed } from './commands/seed.ts'
import { registerStart } from './commands/start.ts'
import { registerStatus } from './commands/status.ts'
import { registerStorm } from './commands/storm.ts'
import { registerToken } from './commands/token.ts'
import { registerTrace } from './commands/trace.ts'
import { registerUp } from './commands/up.ts'
import { printFailure } from './output.ts'

/** Every command, in the order in which `--help` shows them. A new one is a file in `commands/` and a line here. */
const registrations = [
  registerStart,
  registerDev,
  registerUp,
  registerDown,
  registerStatus,
  registerDeploy,
  registerDestroy,
  registerLogs,
  registerLocate,
  registerTrace,
  registerToken,
  registerSeed,
  registerDemo,
  registerStorm,
  registerLoad,
  registerCost,
  registerCapacity,
  registerAdmission,
  registerAudit,
  registerLedger,
  registerOrder,
  registerFailed,
  registerSaga,
  registerAlarms,
  registerGameday,
  registerLab,
  registerHelp,
]

const program = new Command('neverstop')
  .description('Starts, shows and operates the Neverstop reference platform.')
  .exitOverride()
  .helpCommand(false)
  .configureHelp({ showGlobalOptions: false })
  .addHelpText('after', `\nExit codes: ${exitCodesText()}.`)
for (const register of registrations) register(program)

// Whoever reads no further (`neverstop logs | head`) has ended the command, and well.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(exitCodes.ok)
})

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = printFailure(error, process.argv.includes('--json'))
}

function exitCodesText() {
  return `${exitCodes.ok} well, ${exitCodes.refused} the answer is bad, ${exitCodes.usage} not understood, ${exitCodes.unavailable} something needed is not there, ${exitCodes.defect} a defect`
}
