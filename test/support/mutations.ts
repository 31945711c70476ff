import type { Random } from '../../cli/demo/random.ts'

/** What may become of a mutated message: handled, or on record under a class. */
export type Fate = 'handled' | 'transient' | 'poison' | 'permanent' | 'expired'

/** A message's text after something happened to it, and what may become of it. */
export type Mutant = { readonly kind: string; readonly body: string; readonly may: readonly Fate[] }

type Json = Record<string, unknown>

/** What is neither JSON nor an envelope nor of the contract is poison and nothing else. */
const poison: readonly Fate[] = ['poison']
/** A version that nobody here knows may be known to the next deployment. */
const later: readonly Fate[] = ['transient']
/** Still of the contract, or not: what it says decides. But never a loop, and never silence. */
const any: readonly Fate[] = ['handled', 'transient', 'poison', 'permanent', 'expired']

/** Up to what SQS takes, with room for the rest of the envelope; the largest are rare, since they only cost time. */
const sizes = [4, 4, 8, 8, 16, 16, 64, 200].map((kilobytes) => kilobytes * 1_024)

const required = ['specversion', 'id', 'source', 'type', 'subject', 'time', 'datacontenttype', 'correlationid'] as const
const junk = [null, 0, -1, 1e308, true, false, '', ' ', [], {}, [[]], 'NaN', '\u0000', '💥'.repeat(3)] as const

/** An object's text with more members than an object could have. */
const withMembers = (text: string, members: string): string => `${text.slice(0, -1)},${members}}`
const inData = (message: Json, members: string): string => {
  const { data, ...envelope } = message
  const text = JSON.stringify(data)
  return withMembers(JSON.stringify(envelope), `"data":${text === '{}' ? `{${members}}` : withMembers(text, members)}`)
}

const pathsIn = (value: unknown, path: readonly string[] = []): (readonly string[])[] =>
  typeof value === 'object' && value !== null
    ? Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...pathsIn(inner, [...path, key])])
    : []

/** Of a copy: what is at `path` becomes `to`, or goes when that is undefined. */
const changed = (message: Json, path: readonly string[], to: unknown): string => {
  const copy = structuredClone(message)
  const holder = path.slice(0, -1).reduce<Json>((inner, key) => inner[key] as Json, copy)
  if (to === undefined) delete holder[path.at(-1)!]
  else holder[path.at(-1)!] = to
  return JSON.stringify(copy)
}

/** Each kind of damage, as it comes of a good message. */
export const damages: Readonly<Record<string, (message: Json, random: Random) => Omit<Mutant, 'kind'>>> = {
  truncated: (message, random) => {
    const text = JSON.stringify(message)
    return { body: text.slice(0, random.between(1, text.length - 1)), may: poison }
  },
  'in another encoding': (message, random) => {
    const bytes = Buffer.from(JSON.stringify(message))
    const body = random.pick([
      bytes.toString('base64'),
      bytes.toString('hex'),
      Buffer.from(bytes.toString(), 'utf16le').toString('latin1').replaceAll('\u0000', '\ufffd'),
      `\ufeff${bytes.toString()}`,
      encodeURIComponent(bytes.toString()),
      JSON.stringify(bytes.toString()),
    ])
    return { body, may: poison }
  },
  'no object': (_, random) => ({
    body: random.pick(['[]', 'null', '42', '""', '[{}]', '{}', 'true', '<xml/>', ' ']),
    may: poison,
  }),
  'of another version': (message, random) => ({
    body: changed(message, ['type'], String(message.type).replace(/\.v\d+$/, `.v${random.between(900, 999)}`)),
    may: later,
  }),
  'of another type': (message, random) => ({
    body: changed(message, ['type'], random.pick(['accounting.BookEntry.v1', 'constructor', '__proto__', 'toString'])),
    may: poison,
  }),
  'an envelope with a wrong type': (message, random) => ({
    body: changed(message, [random.pick(required)], random.pick([null, 7, [], {}, true])),
    may: poison,
  }),
  'an envelope without a part': (message, random) => ({
    body: changed(message, [random.pick(required)], undefined),
    may: poison,
  }),
  'data with a wrong type': (message, random) => ({
    body: changed(message, ['data', ...random.pick([[], ...pathsIn(message.data)])], random.pick(junk)),
    may: any,
  }),
  'data without a part': (message, random) => ({
    body: changed(message, ['data', ...random.pick([[], ...pathsIn(message.data)])], undefined),
    may: any,
  }),
  'huge, with more than the contract says': (message, random) => ({
    body: inData(message, `"padding":"${'x'.repeat(random.pick(sizes))}"`),
    may: any,
  }),
  'huge, in a part of the envelope': (message, random) => ({
    body: changed(message, [random.pick(['id', 'subject', 'source', 'correlationid'])], 'y'.repeat(random.pick(sizes))),
    may: poison,
  }),
  'deeply nested': (message, random) => {
    const depth = random.pick([40, 40, 1_000, 1_000, 20_000, 90_000])
    return { body: inData(message, `"nested":${'['.repeat(depth)}${']'.repeat(depth)}`), may: poison }
  },
  'with the keys of a prototype': (message, random) => {
    const members = random.pick([
      '"__proto__":{"polluted":true}',
      '"constructor":{"prototype":{"polluted":true}}',
      '"hasOwnProperty":1,"toString":null,"valueOf":[]',
      '"prototype":{"polluted":true},"toJSON":"no function"',
    ])
    return {
      body: random.pick([inData(message, members), withMembers(JSON.stringify(message), members)]),
      may: any,
    }
  },
  'with keys that come twice': (message, random) => {
    const key = random.pick(['id', 'type', 'subject', 'data', 'specversion'])
    const again = random.pick([JSON.stringify(message[key]), '"another"', 'null', '{}'])
    return { body: withMembers(JSON.stringify(message), `${JSON.stringify(key)}:${again}`), may: any }
  },
}

/**
 * Damages a good message in one of many ways. The same random numbers give the same damage.
 *
 * @example
 * mutantOf(reserveStock, randomOf(7)) // { kind: 'truncated', body: '{"specversion":"1.0","id', may: ['poison'] }
 */
export const mutantOf = (message: Json, random: Random): Mutant => {
  const kind = random.pick(Object.keys(damages))
  return { kind, ...damages[kind]!(message, random) }
}
