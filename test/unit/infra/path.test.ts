import { expect, test } from 'vitest'
import { pathOf } from '../../../infra/path.ts'
import { newestOf, sagas } from '../../../infra/sagas.ts'

test('an order passes its inbox once for its start and once for each reply, and each command queue for its commands', () => {
  expect(pathOf(newestOf('fulfil-order'))).toEqual({
    'saga-fulfil-order': 6,
    'inventory-commands': 1,
    'payments-commands': 2,
    'shipping-commands': 1,
    'ordering-commands': 1,
  })
})

test('every saga has a path through its own inbox', () => {
  for (const saga of sagas) expect(pathOf(newestOf(saga))[`saga-${saga}`]).toBeGreaterThan(1)
})
