import type { Bug } from '../planting.ts'

/** Bugs that need a definition which none of the simulated sagas has: the lives of any definition must find each. */
export const lifeBugs: readonly Bug[] = [
  {
    name: 'undo-looks-no-further-than-the-next-step',
    breaks: 'an undo does not wait for what came after a step in between that has nothing to undo',
    file: 'sagas/engine/advance.ts',
    from: 'if (isBefore || !isFinal(step, steps[index]!)) open.add(index)',
    to: 'if (!isFinal(step, steps[index]!)) open.add(index)',
  },
  {
    name: 'as-old-as-its-saga',
    breaks: 'what an old saga asks for the first time is said to be as old as the saga',
    file: 'sagas/engine/outstanding.ts',
    from: 'firstsent: iso(since)',
    to: 'firstsent: iso(state.startedAt)',
  },
  {
    name: 'age-not-stored',
    breaks: 'the age of a question is forgotten when its saga is read again',
    file: 'sagas/engine/item.ts',
    from: 'if (item[6]) its.since = item[6]',
    to: '',
  },
]
