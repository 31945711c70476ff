import * as z from 'zod'
import { command } from './contract.ts'

/** An alarm came into another state. A rule makes it of CloudWatch's own event. */
export const TreatAlarm = command(
  'support',
  'TreatAlarm',
  1,
  {
    alarm: z.string().min(1),
    state: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
    previous: z.enum(['OK', 'ALARM', 'INSUFFICIENT_DATA']),
    reason: z.string(),
    /** What the alarm says of itself; `infra/constructs/service-alarm.ts` puts it together. */
    description: z.string(),
  },
  { delivery: 'at-least-once' },
)
