import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { CloudKind } from '../local/capabilities.ts'
import { writeJson } from '../local/files.ts'

/** How a check ended on an endpoint: it holds, or what was seen instead. */
export type Outcome = { holds: true } | { holds: false; seen: string }

/**
 * What one endpoint came to. One file each, named by kind and version. `madeOf` is the hash of what an emulator of ours
 * was made of when every check had been seen on it.
 */
export type Results = { kind: CloudKind; description: string; madeOf?: string; outcomes: Record<string, Outcome> }

export const resultsFolder = join(import.meta.dirname, 'results')

/**
 * The file name of an endpoint's results: its kind and version, so that a new version begins a page of its own. One of
 * unknown kind tells no version: the numbers in its description are those of an address.
 *
 * @example
 * fileNameOf({ kind: 'ministack', description: 'ministack 1.5.33' }) // 'ministack-1.5.33.json'
 */
export const fileNameOf = ({ kind, description }: Pick<Results, 'kind' | 'description'>): string => {
  const version = kind === 'unknown' ? undefined : /\d+(\.\d+)+/.exec(description)?.[0]
  return `${[kind, version].filter(Boolean).join('-')}.json`
}

/** All committed results, in the order of their file names. */
export const committedResults = (folder: string = resultsFolder): Results[] =>
  readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .map((name) => JSON.parse(readFileSync(join(folder, name), 'utf8')) as Results)

export const writeResults = (results: Results, folder: string = resultsFolder): Promise<void> =>
  writeJson(join(folder, fileNameOf(results)), results)

/** How results differ from those before, in words. `worse` and `unrecorded` fail a run, `better` does not. */
export type Comparison = { worse: string[]; better: string[]; unrecorded: string[] }

/**
 * Holds new outcomes against the committed ones. Pure. A difference that is described in other words is neither better
 * nor worse.
 */
export const compare = (before: Record<string, Outcome> | undefined, now: Record<string, Outcome>): Comparison => {
  const comparison: Comparison = { worse: [], better: [], unrecorded: [] }
  for (const [id, outcome] of Object.entries(now)) {
    const known = before?.[id]
    if (!known) comparison.unrecorded.push(`${id}: ${wordOf(outcome)}`)
    else if (known.holds && !outcome.holds) comparison.worse.push(`${id}: held before, now ${outcome.seen}`)
    else if (!known.holds && outcome.holds) comparison.better.push(`${id}: holds now, before ${known.seen}`)
  }
  return comparison
}

/**
 * What became worse without anybody agreeing to it by the check's id. Pure. While there is any, nothing is recorded: a
 * ledger that takes every change for the worse would prove nothing.
 */
export const unagreed = ({ worse }: Pick<Comparison, 'worse'>, agreed: readonly string[]): string[] =>
  worse.filter((line) => !agreed.some((id) => line.startsWith(`${id}: `)))

const wordOf = (outcome: Outcome) => (outcome.holds ? 'holds' : outcome.seen)
