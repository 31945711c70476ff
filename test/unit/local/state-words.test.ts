import { describe, expect, test } from 'vitest'
import { stateAfterStop } from '../../../local/adapter.ts'
import { loadBackend } from '../../../local/backend.ts'
import { backendNames } from '../../../local/backend-names.ts'
import { capabilitiesOf } from '../../../local/capabilities.ts'

describe('what is said of a cloud that is stopped', () => {
  test.each([
    ['embedded', 'its state is kept in /state'],
    ['localstack', 'what it held is gone, since it keeps no state; the next start deploys anew'],
    ['endpoint', 'its state is kept in /state'],
  ] as const)('is of %s that %s', async (name, words) => {
    expect(backendNames).toContain(name)
    expect(stateAfterStop(await loadBackend(name), '/state')).toBe(words)
  })

  test('agrees with what the table says of persistence', async () => {
    expect((await loadBackend('embedded')).keepsState).toBe(capabilitiesOf('ministack').has('persistence'))
    expect((await loadBackend('localstack')).keepsState).toBe(capabilitiesOf('localstack-host').has('persistence'))
  })
})
