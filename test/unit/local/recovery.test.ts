import { describe, expect, test } from 'vitest'
import type { CloudRecord } from '../../../local/record.ts'
import { decideUp, explainUnhealthy } from '../../../local/recovery.ts'

const record: CloudRecord = {
  backend: 'embedded',
  pid: 812,
  startedAt: '1000',
  port: 4701,
  region: 'eu-central-1',
  requirements: 'abc',
}
const wanted = {
  backend: 'embedded' as const,
  port: undefined,
  defaultPort: 4566,
  region: 'eu-central-1',
  requirements: 'abc',
}
const well = { alive: true, answers: true }
const gone = { alive: false, answers: false }
const silent = { alive: true, answers: false }

const other = { ...record, backend: 'localstack' as const }

describe('a folder of another backend', () => {
  test('is refused while that one runs', () => {
    expect(decideUp({ record: other, seen: well, wanted })).toMatchObject({
      act: 'refuse',
      because: 'another cloud (localstack, pid 812) runs on this state folder',
      remedy: expect.stringContaining('./neverstop down --cloud localstack'),
    })
  })

  test('is taken over once that one is gone, on the port that is asked for', () => {
    expect(decideUp({ record: other, seen: gone, wanted })).toMatchObject({ act: 'start', port: 4566 })
  })

  test('is no cloud of this backend', () => {
    const asked = { backend: 'embedded' as const, port: undefined }
    expect(explainUnhealthy(other, well, asked)).toMatch(/^another cloud \(localstack/)
    expect(explainUnhealthy(other, gone, asked)).toMatch(/\(localstack, pid 812\) has crashed$/)
  })
})

describe('what up does', () => {
  test('starts on the default port where nothing is recorded', () => {
    expect(decideUp({ record: undefined, seen: gone, wanted })).toMatchObject({ act: 'start', port: 4566 })
  })

  test('starts on the chosen port', () => {
    expect(decideUp({ record: undefined, seen: gone, wanted: { ...wanted, port: 4999 } })).toMatchObject({
      act: 'start',
      port: 4999,
    })
  })

  test('reuses a cloud that runs well', () => {
    expect(decideUp({ record, seen: well, wanted })).toEqual({ act: 'reuse', port: 4701 })
  })

  test('reuses it when its own port is asked for', () => {
    expect(decideUp({ record, seen: well, wanted: { ...wanted, port: 4701 } })).toEqual({ act: 'reuse', port: 4701 })
  })

  test('starts a crashed one anew on the port that it had', () => {
    expect(decideUp({ record, seen: gone, wanted })).toEqual({
      act: 'start',
      port: 4701,
      because: 'the cloud of this state folder (pid 812) has crashed',
    })
  })

  test('starts a crashed one anew on another port when that is asked for', () => {
    expect(decideUp({ record, seen: gone, wanted: { ...wanted, port: 4999 } })).toMatchObject({
      act: 'start',
      port: 4999,
    })
  })

  test('restarts one that runs but does not answer', () => {
    expect(decideUp({ record, seen: silent, wanted })).toMatchObject({ act: 'restart', port: 4701 })
  })

  test('restarts one of an older version', () => {
    expect(decideUp({ record, seen: well, wanted: { ...wanted, requirements: 'def' } })).toMatchObject({
      act: 'restart',
    })
  })

  test('restarts one of another region', () => {
    expect(decideUp({ record, seen: well, wanted: { ...wanted, region: 'us-east-1' } })).toMatchObject({
      act: 'restart',
      because: 'the cloud was started for region eu-central-1, not us-east-1',
    })
  })

  test.each([
    ['runs well', well],
    ['does not answer', silent],
  ])('refuses another port while the cloud of the folder %s', (_, seen) => {
    const decision = decideUp({ record, seen, wanted: { ...wanted, port: 4999 } })

    expect(decision).toMatchObject({ act: 'refuse' })
    expect(decision).toHaveProperty('remedy', expect.stringContaining('--state'))
  })
})

describe('why a cloud cannot be used', () => {
  test.each([
    ['nothing is recorded', undefined, gone, undefined, 'no local cloud runs on this state folder'],
    ['its process is gone', record, gone, undefined, 'the local cloud (pid 812, port 4701) has crashed'],
    ['it does not answer', record, silent, 4701, 'the local cloud (pid 812) does not answer on port 4701'],
    ['another port was asked for', record, well, 4566, 'the local cloud of this state folder uses port 4701, not 4566'],
  ])('is told when %s', (_, known, seen, port, because) => {
    expect(explainUnhealthy(known, seen, { backend: 'embedded', port })).toBe(because)
  })

  test.each([[undefined], [4701]])('is nothing when it runs well and port %s is wanted', (port) => {
    expect(explainUnhealthy(record, well, { backend: 'embedded', port })).toBeUndefined()
  })
})
