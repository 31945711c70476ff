import { markdownTable } from '../cli/markdown.ts'
import type { CloudKind } from '../local/capabilities.ts'
import type { Entry } from './catalogue.ts'
import { type GuaranteeId, guarantees, onlyAnAccount } from './guarantees.ts'
import type { Results } from './results.ts'

const titles: Record<CloudKind, string> = {
  ministack: 'ministack',
  'localstack-host': 'LocalStack',
  'localstack-open': 'LocalStack, container',
  'localstack-licensed': 'LocalStack, licensed',
  unknown: 'endpoint',
}

/** The page docs/parity.md, made of the checks and the committed results. Pure. */
export const documentOf = (entries: readonly Entry[], results: readonly Results[]): string =>
  [
    '# Parity',
    '',
    'What the platform relies on, seen on each cloud that it runs on. Made by `npm run parity`; do not edit. The checks are in [parity/](../parity/README.md), their results in `parity/results/`.',
    '',
    ...results.map(({ kind, description, outcomes }) => {
      const held = entries.filter(({ id }) => outcomes[id]?.holds).length
      return `- **${titles[kind]}** (${description}): ${held} of ${Object.keys(outcomes).length} behaviours are as on AWS.`
    }),
    '',
    '## Which guarantee is proven where',
    '',
    ...markdownTable(
      ['guarantee', 'simulator', ...results.map(({ kind }) => titles[kind])],
      (Object.keys(guarantees) as GuaranteeId[]).map((id) => {
        const { promise, simulator } = guarantees[id]
        const its = entries.filter(({ guarantee }) => guarantee === id)
        return [promise, simulator ? `[proven](../${simulator})` : '–', ...results.map((one) => countOf(its, one))]
      }),
    ),
    '',
    '"Proven" by the simulator means our own code against an AWS as unkind as its documentation; the columns beside it say how many of the behaviours that a guarantee rests on a cloud shows.',
    '',
    '## Only an account can prove',
    '',
    ...[...nowhere(entries, results), ...onlyAnAccount].map(
      ({ behaviour, guarantee }) => `- ${behaviour} (${guarantees[guarantee].promise.replace(/\.$/, '')})`,
    ),
    '',
    '## Every behaviour',
    '',
    ...(Object.keys(guarantees) as GuaranteeId[]).flatMap((id) => [
      `### ${guarantees[id].promise}`,
      '',
      ...markdownTable(
        ['behaviour of AWS', ...results.map(({ kind }) => titles[kind])],
        entries
          .filter(({ guarantee }) => guarantee === id)
          .map((entry) => [`${entry.behaviour} \`${entry.id}\``, ...results.map((one) => cellOf(entry, one))]),
      ),
      '',
    ]),
  ].join('\n')

const nowhere = (entries: readonly Entry[], results: readonly Results[]): readonly Entry[] =>
  entries.filter(({ id }) => results.length > 0 && results.every(({ outcomes }) => !outcomes[id]?.holds))

const countOf = (entries: readonly Entry[], { outcomes }: Results): string =>
  `${entries.filter(({ id }) => outcomes[id]?.holds).length} of ${entries.length}`

const cellOf = ({ id }: Entry, { outcomes }: Results): string => {
  const outcome = outcomes[id]
  if (!outcome) return 'not seen'
  return outcome.holds ? 'yes' : `**no**: ${outcome.seen}`
}
