import { logger } from '../../reactive/log.ts'
import { scheduled } from '../../reactive/scheduled.ts'
import { reconcile } from './reconcile.ts'
import { supportTools } from './tools.ts'

const tools = supportTools(logger('/support'))

export const handler = scheduled('/support', ({ log }) => reconcile({ ...tools, log }))
