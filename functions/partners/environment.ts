import * as z from 'zod'
import { environment } from '../../reactive/environment.ts'
import { timings } from '../../reactive/timing.ts'

const common = { FAULTS_TABLE: z.string().min(1), TIMING: z.enum(Object.keys(timings) as (keyof typeof timings)[]) }

export const acquirerEnvironment = () => environment({ ...common, BOOKS_TABLE: z.string().min(1) })
export const carriersEnvironment = () => environment({ ...common, BOOKINGS_TABLE: z.string().min(1) })
