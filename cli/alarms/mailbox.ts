import type { Notification } from '../../local/watch/mailbox.ts'
import { readMailbox } from '../../local/watch/records.ts'

/** A notification as one line for a terminal. What an alarm was when nobody had looked yet is no news. */
export const describeNotification = ({ at, severity, alarm, to, reason, description }: Notification): string => {
  const [meaning = ''] = description.split(' | ')
  const time = new Date(at).toISOString().slice(11, 19)
  const mark = to === 'ALARM' ? '▲' : '▽'
  return `${time} ${mark} ${severity} ${alarm}: ${to === 'ALARM' ? `${meaning}; ${reason}` : `is ${to} again`}`
}

/** Tells new mail of the alarms' topics as it comes. Returns how to end it. */
export const followMailbox = (state: string, tell: (line: string) => void, every = 1_000): (() => void) => {
  const begun = Date.now()
  let shown = 0
  const look = async () => {
    const mail = (await readMailbox(state)).filter(({ at, from }) => at >= begun && from !== 'INSUFFICIENT_DATA')
    for (const notification of mail.slice(shown)) tell(describeNotification(notification))
    shown = mail.length
  }
  const timer = setInterval(() => void look(), every)
  return () => clearInterval(timer)
}
