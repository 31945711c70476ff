import * as z from 'zod'
import { environment } from '../../reactive/environment.ts'

export const { DESK_TABLE } = environment({ DESK_TABLE: z.string().min(1) })
