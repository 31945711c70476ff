import { describe, expect, test } from 'vitest'
import { holdsWork } from '../../../cli/audit/settled.ts'

describe('what is under way', () => {
  const urlOf = (name: string) => `http://localhost:4566/queue/eu-central-1/000000000000/neverstop-dev-${name}`

  test.each(['payments-commands', 'saga-fulfil-order', 'ordering-events-dead', 'recovery-commands'])(
    'is what is in %s',
    (name) => expect(holdsWork(urlOf(name), 'dev')).toBe(true),
  )

  test.each(['saga-wakeups', 'mailbox'])('is not what is in %s', (name) =>
    expect(holdsWork(urlOf(name), 'dev')).toBe(false),
  )
})
