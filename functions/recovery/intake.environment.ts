import * as z from 'zod'
import { environment } from '../../reactive/environment.ts'

export const { DESK_TABLE, GROUPS_TABLE, PLANS_TABLE, PAYLOADS_BUCKET } = environment({
  DESK_TABLE: z.string().min(1),
  GROUPS_TABLE: z.string().min(1),
  PLANS_TABLE: z.string().min(1),
  PAYLOADS_BUCKET: z.string().min(1),
})
