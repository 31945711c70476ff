import { describe, expect, test } from 'vitest'
import { deadPartner } from '../../../cli/gameday/drills/acquirer.ts'
import { blindDoor, deafDesk, heldBack, misused, poison, silentSchedule } from '../../../cli/gameday/drills/at-rest.ts'
import { crowd, deadCarriers, declinedCards, openDoor, refunds } from '../../../cli/gameday/drills/customers.ts'
import { deafDeskForLong, deafOrdering, lostMessage, lostTimers } from '../../../cli/gameday/drills/waiting.ts'
import type { Drill } from '../../../cli/gameday/scenarios.ts'
import type { Tools } from '../../../cli/gameday/tools.ts'
import { timings } from '../../../reactive/timing.ts'

/** Tools that write down what is done with them. */
const recorded = (more: Partial<Tools> = {}) => {
  const did: string[] = []
  const note =
    (verb: string) =>
    async (...words: unknown[]): Promise<void> =>
      void did.push(
        [verb, ...words.map((word) => (typeof word === 'object' ? JSON.stringify(word) : String(word)))].join(' '),
      )
  const tools = {
    invoke: note('invoke'),
    listen: note('listen'),
    turn: note('turn'),
    refund: note('refund'),
    askAround: note('ask'),
    admission: note('admission'),
    schedules: note('schedules'),
    resend: note('resend'),
    throwNonsense: note('throw'),
    discardNonsense: note('discard'),
    isNonsenseOpen: async () => true,
    openValve: note('valve'),
    isLetIn: async () => false,
    steal: async (queue: string) => {
      await note('steal')(queue)
      return 'm-1'
    },
    order: async (count: number, token = 'tok_ok') => {
      await note('order')(count, token)
      return Array.from({ length: count }, (_, index) => `ord-${index}`)
    },
    limitConcurrency: async (handler: string, most: number) => {
      await note('limit')(handler, most)
      return note('release')
    },
    forbid: async (handler: string, table: string) => {
      await note('forbid')(handler, table)
      return note(`allow ${handler}`)
    },
    ...more,
  } as unknown as Tools
  return { did, tools }
}

/** What a drill does in so many minutes, and what it does to mend. */
const played = async (drill: Drill, did: string[], minutes: number) => {
  for (let minute = 0; minute < minutes; minute++) await drill.strike(minute)
  const strikes = did.splice(0)
  await drill.mend()
  return { strikes, mends: did.splice(0) }
}

describe('the drill of poison', () => {
  test('has what is open counted until the desk has it, and leaves the sweeper alone then', async () => {
    const open = [false, false, true]
    const { did, tools } = recorded({
      isNonsenseOpen: async () => open.shift() ?? expect.fail('asked again although it was counted'),
    })
    const { strikes, mends } = await played(poison(tools), did, 5)
    const counted = ['throw ordering-commands-queue 12', 'invoke recovery-sweeper']
    expect(strikes).toEqual([...counted, ...counted, ...counted, counted[0], counted[0]])
    expect(mends).toEqual(['discard', 'invoke recovery-sweeper'])
  })
})

describe('at rest, a drill', () => {
  test('of a function that is misused calls it every minute, and has nothing to mend', async () => {
    const { did, tools } = recorded()
    expect(await played(misused(tools), did, 2)).toEqual({
      strikes: ['invoke ordering-relay {}', 'invoke ordering-relay {}'],
      mends: [],
    })
  })
  test('of concurrency takes it away once, and gives it back', async () => {
    const { did, tools } = recorded()
    expect(await played(heldBack(tools), did, 3)).toEqual({ strikes: ['limit edge-openapi 0'], mends: ['release'] })
  })
  test('of dead letters deafens the desk before it gives something up, and lets it hear again', async () => {
    const { did, tools } = recorded()
    expect(await played(deafDesk(tools), did, 3)).toEqual({
      strikes: [
        'listen recovery-intake notifications-events-dead false',
        'throw notifications-events-dead-letter-queue 1',
      ],
      mends: ['listen recovery-intake notifications-events-dead true', 'discard'],
    })
  })
  test('of a schedule runs it while all is well, and only switches its rule afterwards', async () => {
    const { did, tools } = recorded()
    const drill = silentSchedule(tools)
    await drill.calm!(0)
    expect(did.splice(0)).toEqual(['invoke shipping-intents'])
    expect(await played(drill, did, 3)).toEqual({
      strikes: ['schedules shipping-intents false'],
      mends: ['schedules shipping-intents true'],
    })
  })
  test('of admission takes the table of controls away from its role once, and gives it back', async () => {
    const { did, tools } = recorded()
    expect(await played(blindDoor(tools), did, 3)).toEqual({
      strikes: ['forbid ordering-api ControlsTable'],
      mends: ['allow ordering-api'],
    })
  })
  test('that was never struck mends without harm', async () => {
    const { did, tools } = recorded()
    await blindDoor(tools).mend()
    await heldBack(tools).mend()
    expect(did).toEqual([])
  })
})

describe('while customers order, a drill', () => {
  test('of declined cards has orders rejected every minute', async () => {
    const { did, tools } = recorded()
    expect((await played(declinedCards(tools), did, 2)).strikes).toEqual([
      'order 4 tok_declined',
      'order 4 tok_declined',
    ])
  })
  test('of refunds gives back what was bought in its first minute, all of it', async () => {
    const { did, tools } = recorded()
    const { strikes } = await played(refunds(tools), did, 3)
    expect(strikes).toEqual(['order 6 tok_ok', ...Array.from({ length: 6 }, (_, index) => `refund ord-${index}`)])
  })
  test('of admission switches it off once, and on again', async () => {
    const { did, tools } = recorded()
    expect(await played(openDoor(tools), did, 3)).toEqual({ strikes: ['admission off'], mends: ['admission on'] })
  })
  test('of a crowd holds the regulator where it is, since that looks again and again', async () => {
    const { did, tools } = recorded()
    expect(await played(crowd(tools), did, 2)).toEqual({
      strikes: ['admission pressed', 'ask 6', 'admission pressed', 'ask 6'],
      mends: ['admission calm'],
    })
  })
  test('of carriers stops both behind the back of their breakers, and mends all three', async () => {
    const { did, tools } = recorded()
    expect(await played(deadCarriers(tools), did, 2)).toEqual({
      strikes: [
        'forbid shipping-commands ControlsTable',
        'turn swift {"down":true}',
        'turn steady {"down":true}',
        'order 4 tok_ok',
        'order 4 tok_ok',
      ],
      mends: ['turn swift {}', 'turn steady {}', 'allow shipping-commands'],
    })
  })
})

describe('by the clock, a drill', () => {
  const { ledgerGrace, stepDeadline, visibility } = timings.brief
  /** A clock that is put forward between two strikes. */
  const clockAt = (...moments: number[]) => {
    let now = moments[0]!
    return () => {
      now = moments.shift() ?? now
      return now
    }
  }

  test('of a message has it counted as missing only when the grace period is over, and gives it back', async () => {
    const { did, tools } = recorded()
    const drill = lostMessage(tools, clockAt(0, 0, ledgerGrace, ledgerGrace + 1))
    expect(await played(drill, did, 3)).toEqual({
      strikes: [
        'listen notifications-events notifications-events false',
        'order 2 tok_declined',
        'steal notifications-events',
        'invoke recovery-ledger',
      ],
      mends: [
        'listen notifications-events notifications-events true',
        'resend notifications-events m-1',
        'invoke recovery-ledger',
      ],
    })
  })
  test('of a message that could not be taken away lets the consumer hear again all the same', async () => {
    const { did, tools } = recorded({ steal: () => Promise.reject(new Error('nothing came')) })
    const drill = lostMessage(tools)
    await expect(drill.strike(0)).rejects.toThrow('nothing came')
    did.splice(0)
    await drill.mend()
    expect(did).toEqual(['listen notifications-events notifications-events true', 'invoke recovery-ledger'])
  })
  test('of dead letters that grow old waits as long as the alarm does', async () => {
    const { did, tools } = recorded()
    const drill = deafDeskForLong(tools)
    expect(drill.takes).toBeGreaterThan(300_000)
    expect((await played(drill, did, 9)).strikes).toHaveLength(2)
  })
  test('of unheard events places an order a minute, so that some are due minute after minute', async () => {
    const { did, tools } = recorded()
    const { strikes, mends } = await played(
      deafOrdering(tools, clockAt(0, ...Array(19).fill(1), stepDeadline + 1)),
      did,
      20,
    )
    expect(strikes.filter((it) => it === 'order 1 tok_ok')).toHaveLength(12)
    expect(strikes.filter((it) => it.startsWith('invoke'))).toEqual(['invoke ordering-reconciler'])
    expect(mends).toEqual(['listen ordering-events ordering-events true'])
  })
  test('of timers keeps a saga waiting, and looks for it once its time is over', async () => {
    const { did, tools } = recorded()
    const due = stepDeadline + visibility
    expect(await played(lostTimers(tools, clockAt(0, due, due + 1)), did, 2)).toEqual({
      strikes: [
        'listen saga-coordinator saga-wakeups false',
        'listen shipping-commands shipping-commands false',
        'order 1 tok_ok',
        'invoke saga-sweeper',
      ],
      mends: ['listen shipping-commands shipping-commands true', 'listen saga-coordinator saga-wakeups true'],
    })
  })
})

describe('the drill of the acquirer', () => {
  test('has enough orders placed to open its breaker, and then no more than it takes to be seen', async () => {
    const { did, tools } = recorded()
    const { strikes } = await played(deadPartner(tools), did, 6)
    expect(strikes).toEqual([
      'turn acquirer {"down":true}',
      ...Array(4).fill('order 4 tok_ok'),
      ...Array(2).fill('order 1 tok_ok'),
    ])
  })
  test('is mended when the acquirer is back and support has opened the valve again', async () => {
    const { did, tools } = recorded()
    await deadPartner(tools).mend()
    expect(did).toEqual(['turn acquirer {}', 'valve payments-commands'])
  })
})
