/**
 * What the platform promises, as far as it rests on what AWS does. `simulator` names the test that proves our part of
 * it, with AWS played by a simulation that is as unkind as the documentation allows.
 */
export const guarantees = {
  'nothing-lost': {
    promise: 'Every message is handled, parked or discarded by somebody; none vanishes.',
    simulator: 'test/simulation/simulation.test.ts',
  },
  'parked-and-explained': {
    promise: 'What cannot be handled reaches the recovery desk, with its first time, and can be put back.',
    simulator: 'test/simulation/matrix.test.ts',
  },
  'one-effect': {
    promise: 'A command has one effect, however often it is delivered and whoever races.',
    simulator: 'test/simulation/simulation.test.ts',
  },
  'money-and-stock': {
    promise: 'Money and stock are conserved: what belongs together is committed together.',
    simulator: 'test/simulation/simulation.test.ts',
  },
  'end-of-every-saga': {
    promise: 'Every saga ends: waits have an end, and wake-ups come.',
    simulator: 'test/simulation/matrix.test.ts',
  },
  bulkheads: {
    promise: 'A slow or dead dependency takes nobody else down, and a valve can be closed.',
    simulator: undefined,
  },
  'right-audience': {
    promise: 'Events reach those who asked for them, in the form that they asked for.',
    simulator: undefined,
  },
  'alarms-tell': {
    promise: 'What goes wrong raises its alarm, tells a person, and clears.',
    simulator: undefined,
  },
  'who-may': {
    promise: 'Callers are known, and functions may do only what they need.',
    simulator: undefined,
  },
  overload: {
    promise: 'Too much is refused at the door, not swallowed.',
    simulator: undefined,
  },
  'bad-code-is-seen': {
    promise: 'A function that fails, hangs or crashes is told as what it is, and the next invocation is clean.',
    simulator: undefined,
  },
  endures: {
    promise: 'State outlives a restart, and regions do not share it.',
    simulator: undefined,
  },
} as const satisfies Record<string, { promise: string; simulator: string | undefined }>

export type GuaranteeId = keyof typeof guarantees

/** What only an account shows, because no emulator here has it, and what of the platform waits for that. */
export const onlyAnAccount: readonly { behaviour: string; guarantee: GuaranteeId }[] = [
  {
    behaviour: 'Standard queues deliver twice now and then, and count a receive that nobody got.',
    guarantee: 'one-effect',
  },
  { behaviour: 'Items whose time to live is over are deleted, some hours to two days later.', guarantee: 'one-effect' },
  { behaviour: 'Stale reads of an index, and throttling of a hot partition.', guarantee: 'one-effect' },
  { behaviour: 'A stream forgets after 24 hours.', guarantee: 'nothing-lost' },
  { behaviour: 'The condition key events:source is filled in.', guarantee: 'who-may' },
  { behaviour: 'Cold starts, burst concurrency and latencies of the real services.', guarantee: 'overload' },
  { behaviour: 'Point-in-time recovery brings a table back.', guarantee: 'endures' },
]
