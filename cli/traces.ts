import type { WrittenSpan } from '../reactive/span-line.ts'

/** A span in its trace: those that it caused are below it. */
export type Node = { readonly span: WrittenSpan; readonly children: readonly Node[] }

/**
 * The traces that have to do with a subject, each span below the one that caused it, in the order of their beginnings. A
 * span whose parent nobody wrote down stands at the top. Spans that were written twice count once.
 */
export const treesAbout = (spans: readonly WrittenSpan[], subject: string): readonly Node[] => {
  const concerned = new Set(spans.filter((span) => isAbout(span, subject)).map(({ traceId }) => traceId))
  const byId = new Map(spans.filter(({ traceId }) => concerned.has(traceId)).map((span) => [span.spanId, span]))
  const all = [...byId.values()].toSorted((a, b) => a.start - b.start)
  const below = Map.groupBy(all, ({ parentId }) => (parentId && byId.has(parentId) ? parentId : ''))
  const nodeOf = (span: WrittenSpan): Node => ({ span, children: (below.get(span.spanId) ?? []).map(nodeOf) })
  return (below.get('') ?? []).map(nodeOf)
}

const isAbout = ({ attributes }: WrittenSpan, subject: string): boolean => {
  const about = attributes['cloudevents.event_subject']
  return (
    about === subject || (subject.includes(':') && String(attributes['messaging.message.id'] ?? '').startsWith(subject))
  )
}

/** Reports of progress, and people who looked: no part of the journey, shown only when asked for. */
const isAside = ({ span: { name }, children }: Node): boolean =>
  name.endsWith(' saga.SagaAdvanced.v1') || (name.startsWith('GET ') && children.length === 0)

/** The trees without what is beside the journey; what that caused goes with it. */
export const withoutAsides = (nodes: readonly Node[]): readonly Node[] =>
  nodes.filter((node) => !isAside(node)).map(({ span, children }) => ({ span, children: withoutAsides(children) }))

export const countSpans = (nodes: readonly Node[]): number =>
  nodes.reduce((sum, { children }) => sum + 1 + countSpans(children), 0)

type Line = {
  readonly at: number
  readonly ms: number
  readonly text: string
  readonly handler: string
  readonly notes: string
}

/**
 * A journey as people read it: when each piece of work began since the first, how long it took, what it was and where,
 * with what is worth noting: how long its message had waited, a batch that it was part of, what became of it.
 *
 * @example
 * drawTrees(treesAbout(spans, 'ord_1'))
 * // '+0 ms       12 ms  POST /orders                              ordering-api        202'
 */
export const drawTrees = (nodes: readonly Node[]): string => {
  const first = Math.min(...nodes.map(({ span }) => span.start))
  const lines = nodes.flatMap((node) => linesOf(node, '', '', first))
  const width = (of: (line: Line) => string) => Math.max(...lines.map((line) => of(line).length))
  const texts = width(({ text }) => text)
  const handlers = width(({ handler }) => handler)
  return lines
    .map(({ at, ms, text, handler, notes }) =>
      `${`+${millis(at)}`.padStart(9)} ${millis(ms).padStart(8)}  ${text.padEnd(texts)}  ${handler.padEnd(handlers)}  ${notes}`.trimEnd(),
    )
    .join('\n')
}

const linesOf = ({ span, children }: Node, lead: string, below: string, first: number): Line[] => [
  {
    at: span.start - first,
    ms: span.end - span.start,
    text: `${lead}${span.name}`,
    handler: span.handler,
    notes: notesOf(span),
  },
  ...children.flatMap((child, index) => {
    const last = index === children.length - 1
    return linesOf(child, `${below}${last ? '└ ' : '├ '}`, `${below}${last ? '  ' : '│ '}`, first)
  }),
]

const notesOf = ({ attributes, error }: WrittenSpan): string => {
  const waited = Number(attributes['neverstop.waited_ms'] ?? 0)
  const batch = Number(attributes['messaging.batch.message_count'] ?? 1)
  const attempt = Number(attributes['neverstop.attempt'] ?? 1)
  const outcome = attributes['neverstop.outcome']
  return [
    attributes['http.response.status_code'],
    waited > 0 ? `waited ${millis(waited)}` : undefined,
    batch > 1 ? `one of ${batch}` : undefined,
    attempt > 1 ? `attempt ${attempt}` : undefined,
    outcome !== undefined && outcome !== 'handled' ? outcome : undefined,
    attributes['faas.coldstart'] === true ? 'cold start' : undefined,
    error,
  ]
    .filter((note) => note !== undefined)
    .join(', ')
}

const millis = (ms: number): string => (ms < 10_000 ? `${Math.round(ms)} ms` : `${(ms / 1_000).toFixed(1)} s`)
