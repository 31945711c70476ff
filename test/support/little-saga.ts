import * as z from 'zod'
import { command, event, reply } from '../../events/contract.ts'
import { reason } from '../../events/vocabulary.ts'
import { saga } from '../../sagas/engine/builder.ts'
import type { SagaInput } from '../../sagas/engine/state.ts'

/** Contracts of no business at all, to build sagas of any shape from. */
export const about = { id: z.string() }
const because = { ...about, reason }

export const Asked = event('ordering', 'Asked', 1, { ...about, amount: z.int() })
export const Withdrawn = event('ordering', 'Withdrawn', 1, about)
export const Approved = event('ordering', 'Approved', 1, { ...about, yes: z.boolean(), by: z.string() })
export const Blessed = event('ordering', 'Blessed', 1, { ...about, yes: z.boolean(), by: z.string() })
export const Finish = command('ordering', 'Finish', 1, about)
export const Finished = reply('ordering', 'Finished', 1, about)
export const Abandon = command('ordering', 'Abandon', 1, { ...about, because: reason })
export const Abandoned = reply('ordering', 'Abandoned', 1, about)

/** A context's command with every reply that it can have: `part('one').Do`, `.Done`, `.Refused`, `.Undo` … */
export const part = (name: string) => ({
  Do: command('inventory', `Do${name}`, 1, about),
  Done: reply('inventory', `Done${name}`, 1, { ...about, mark: z.string() }),
  Refused: reply('inventory', `Refused${name}`, 1, because),
  Undo: command('inventory', `Undo${name}`, 1, { ...about, mark: z.string().optional() }),
  Undone: reply('inventory', `Undone${name}`, 1, about),
  UndoRefused: reply('inventory', `UndoRefused${name}`, 1, because),
})
export const one = part('One')
export const two = part('Two')
export const three = part('Three')
export const last = part('Last')
export const after = part('After')
export const also = part('Also')

export const no = (code = 'no') => ({ id: 'x', reason: { code, message: `It is ${code}.` } })
export const yes = (mark = 'm') => ({ id: 'x', mark })
export const it = { id: 'x' }

/** What its participants say to a saga. */
export const done = (name: string, attempt = 1): SagaInput => ({ kind: 'done', step: name, attempt, data: yes() })
export const refused = (name: string, attempt = 1): SagaInput => ({ kind: 'refused', step: name, attempt, data: no() })

export const step = ({ Do, Done, Refused, Undo, Undone, UndoRefused }: ReturnType<typeof part>) => ({
  send: ({ input }: { input: { id: string } }) => Do({ id: input.id }),
  done: Done,
  keep: ({ mark }: { mark: string }) => ({ mark }),
  refused: Refused,
  undo: ({ input }: { input: { id: string } }, output: { mark: string } | undefined) =>
    Undo({ id: input.id, ...(output ? { mark: output.mark } : {}) }),
  undone: Undone,
  undoRefused: UndoRefused,
})

export const pivot = ({ Do, Done, Refused }: ReturnType<typeof part>) => ({
  send: ({ input }: { input: { id: string } }) => Do({ id: input.id }),
  done: Done,
  keep: ({ mark }: { mark: string }) => ({ mark }),
  refused: Refused,
})

export const retriable = ({ Do, Done }: ReturnType<typeof part>) => ({
  send: ({ input }: { input: { id: string } }) => Do({ id: input.id }),
  done: Done,
})

export const ends = {
  done: { send: ({ input }: { input: { id: string } }) => Finish({ id: input.id }), recorded: Finished },
  undone: {
    send: ({ input }: { input: { id: string } }, because: { code: string; message: string }) =>
      Abandon({ id: input.id, because }),
    recorded: Abandoned,
  },
}

export const little = (version = 1) =>
  saga('little', version).startedBy('input', Asked, { subject: ({ id }) => id, cancelledBy: Withdrawn })

export const Call = command('saga', 'CallChild', 1, { id: z.string(), amount: z.int() })
export const Answered = reply('saga', 'ChildAnswered', 1, { mark: z.string() })
export const Declined = reply('saga', 'ChildDeclined', 1, { reason })

/** How another saga may call one. */
export const called = {
  by: Call,
  subject: ({ id }: { id: string }) => id,
  keep: ({ id, amount }: { id: string; amount: number }) => ({ id, amount }),
  done: Answered,
  refused: Declined,
}

/** A saga that another one may call. */
export const child = saga('child', 1)
  .startedBy('input', Asked, { subject: ({ id }) => id, called })
  .pivot('last', pivot(last))
  .endsWith({
    done: { ...ends.done, answer: ({ last: { mark } }) => ({ mark }) },
    undone: { ...ends.undone, answer: (_, because) => ({ reason: because }) },
  })
