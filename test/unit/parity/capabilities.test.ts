import { describe, expect, test } from 'vitest'
import { type Capability, type CloudKind, capabilitiesOf, capabilityTable } from '../../../local/capabilities.ts'
import { entries } from '../../../parity/catalogue.ts'
import { committedResults } from '../../../parity/results.ts'

const rows = Object.entries(capabilityTable) as [Capability, (typeof capabilityTable)[Capability]][]
const seen = rows.flatMap(([name, row]) => ('seenBy' in row ? [[name, row.seenBy as readonly string[]] as const] : []))
const known = new Set(entries.map(({ id }) => id))

describe('what the table of capabilities claims', () => {
  test.each(rows)('of %s is seen by checks that exist, or says on whose word it is taken', (_, row) => {
    if ('seenBy' in row) {
      expect(row.seenBy.length).toBeGreaterThan(0)
      for (const id of row.seenBy) expect(known).toContain(id)
    } else expect(row.onTrust).toMatch(/^(the|our|deployments) \S/)
  })

  test('is seen by checks for the most part of what an emulator of ours is asked for', () => {
    expect(seen.length).toBeGreaterThanOrEqual(12)
  })

  describe.each(committedResults())('of $kind', ({ kind, outcomes }) => {
    test.each(seen)('about %s agrees with what was seen on it', (name, checks) => {
      const unseen = checks.filter((id) => outcomes[id] === undefined)
      expect(unseen, 'run every check: npm run parity').toEqual([])

      expect(capabilitiesOf(kind).has(name), checks.join(', ')).toBe(checks.every((id) => outcomes[id]!.holds))
    })
  })

  test('has been held against results of both emulators of this checkout', () => {
    const kinds = new Set<CloudKind>(committedResults().map(({ kind }) => kind))
    expect(kinds).toContain('ministack')
    expect(kinds).toContain('localstack-host')
  })

  test('has no state outlive the container that is started here', () => {
    expect(capabilitiesOf('localstack-licensed').has('persistence')).toBe(false)
  })
})
