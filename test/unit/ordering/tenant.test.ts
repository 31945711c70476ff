import { expect, test } from 'vitest'
import { tenantOf } from '../../../functions/ordering/tenant.ts'

test('is the organisation that a caller belongs to', () => {
  expect(tenantOf({ subject: 'alice', tenant: 'acme' })).toBe('acme')
})

test('is the caller alone where there is none, under a name that says nothing of them', () => {
  expect(tenantOf({ subject: 'alice' })).toMatch(/^c-[0-9a-f]{12}$/)
  expect(tenantOf({ subject: 'alice' })).toBe(tenantOf({ subject: 'alice' }))
  expect(tenantOf({ subject: 'alice' })).not.toBe(tenantOf({ subject: 'bob' }))
})

test('is short, whatever somebody is called', () => {
  expect(tenantOf({ subject: 'x'.repeat(10_240) })).toHaveLength(14)
})
