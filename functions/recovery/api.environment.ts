import * as z from 'zod'
import { environment, json, queues } from '../../reactive/environment.ts'

/** QUEUE_URLS: every queue that a message may be put back on, by name. What is not in it is refused. */
export const { DESK_TABLE, QUEUE_URLS } = environment({ DESK_TABLE: z.string().min(1), QUEUE_URLS: json(queues) })
