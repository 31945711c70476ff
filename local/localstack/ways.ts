/** How a LocalStack comes to run: it does already, as a container, or as a process of this machine. */
export const ways = ['running', 'container', 'host'] as const

export type Way = (typeof ways)[number]

/** What was seen when a way had to be chosen. */
export type Prospect = {
  /** What this project started on the state folder and still runs. */
  ours?: 'container' | 'host'
  /** A LocalStack answers on the port. */
  answers: boolean
  /** A container engine answers. */
  engine: boolean
  /** There is a token in LOCALSTACK_AUTH_TOKEN, which the official image asks for. */
  token: boolean
  /** What the user insists on: NEVERSTOP_LOCALSTACK. */
  wanted?: Way
}

/** The way, and the reason in words; or why the one that was insisted on cannot be. */
export type Choice = { way: Way; because: string } | { refused: string; remedy: string }

/**
 * Chooses how LocalStack comes to run. Tried in this order: what runs already, the official container where an engine
 * and a token are there, this machine.
 *
 * @example
 * chooseWay({ answers: false, engine: true, token: false })
 * // { way: 'host', because: 'no LocalStack answers, and there is no token for the official image' }
 */
export const chooseWay = ({ ours, answers, engine, token, wanted }: Prospect): Choice => {
  if (ours && (!wanted || wanted === ours)) return { way: ours, because: 'it was started here before' }
  if (wanted === 'running' && !answers) return refused('no LocalStack answers on the port', 'start it first')
  if (wanted === 'container' && !engine) return refused('no container engine answers', 'start Docker')
  if (wanted === 'container' && !token)
    return refused('the official image asks for a token', 'put yours into LOCALSTACK_AUTH_TOKEN')
  if (wanted) return { way: wanted, because: 'NEVERSTOP_LOCALSTACK says so' }
  if (answers) return { way: 'running', because: 'one answers on the port' }
  if (engine && token) return { way: 'container', because: 'an engine and a token are there' }
  const lacking = engine ? 'there is no token for the official image' : 'no container engine answers'
  return { way: 'host', because: `no LocalStack answers, and ${lacking}` }
}

const refused = (why: string, remedy: string): Choice => ({
  refused: `LocalStack cannot be had as NEVERSTOP_LOCALSTACK wants it: ${why}`,
  remedy: `${remedy}, or leave NEVERSTOP_LOCALSTACK out`,
})
