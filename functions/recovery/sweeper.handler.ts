import { scheduled } from '../../reactive/scheduled.ts'
import { sweep } from './sweep.ts'
import { deskTools } from './tools.ts'

const tools = deskTools()

export const handler = scheduled('/recovery', () => sweep(tools), tools.observed)
