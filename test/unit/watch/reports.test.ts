import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { localClientConfig } from '../../../local/client.ts'
import { alarmOf, type WatchedAlarm } from '../../../local/watch/alarms.ts'
import { type Reporter, reporter } from '../../../local/watch/reports.ts'

const alarmNamed = (AlarmName: string): WatchedAlarm =>
  alarmOf(
    { stackName: 'a-stack', template: { Resources: {} } },
    { Type: 'AWS::CloudWatch::CompositeAlarm', Properties: { AlarmName, AlarmRule: 'ALARM("another")' } },
  )!

type Question = { readonly AlarmNames: readonly string[]; readonly AlarmTypes: readonly string[]; MaxRecords: number }
type Answer = { readonly MetricAlarms?: readonly object[]; readonly CompositeAlarms?: readonly object[] }

describe('what a cloud says of its own alarms', () => {
  const open: { close: () => void }[] = []
  afterEach(() => {
    for (const one of open.splice(0)) one.close()
  })
  /** A CloudWatch that answers as it is told, and remembers what it was asked. */
  const answering = async (
    names: readonly string[],
    answer: (question: Question) => Answer | number,
  ): Promise<{ asked: Question[]; reports: Reporter }> => {
    const asked: Question[] = []
    const server = createServer((request, response) => {
      let body = ''
      request.on('data', (chunk: Buffer) => {
        body += chunk
      })
      request.on('end', () => {
        asked.push(JSON.parse(body))
        const said = answer(asked.at(-1)!)
        response
          .writeHead(typeof said === 'number' ? said : 200, { 'content-type': 'application/x-amz-json-1.0' })
          .end(JSON.stringify(typeof said === 'number' ? { __type: 'InvalidParameterValue' } : said))
      })
    }).listen(0, '127.0.0.1')
    await new Promise((resolve) => server.once('listening', resolve))
    const { port } = server.address() as AddressInfo
    const reports = reporter(localClientConfig({ port, region: 'eu-central-1' }), names.map(alarmNamed))
    open.push(reports, server)
    return { asked, reports }
  }

  test('is the state and the reason of each, whichever kind of alarm it is', async () => {
    const { asked, reports } = await answering(['depth', 'any'], () => ({
      MetricAlarms: [{ AlarmName: 'depth', StateValue: 'ALARM', StateReason: 'Threshold crossed' }],
      CompositeAlarms: [{ AlarmName: 'any', StateValue: 'OK' }],
    }))
    expect(await reports.read()).toEqual(
      new Map([
        ['depth', { state: 'ALARM', reason: 'Threshold crossed' }],
        ['any', { state: 'OK', reason: '' }],
      ]),
    )
    // Composites are told to those only who ask for them.
    expect(asked).toMatchObject([{ AlarmNames: ['depth', 'any'], AlarmTypes: ['MetricAlarm', 'CompositeAlarm'] }])
  })

  test('leaves out what it does not know yet, and what has no state', async () => {
    const { reports } = await answering(['known', 'new', 'half'], () => ({
      MetricAlarms: [{ AlarmName: 'known', StateValue: 'INSUFFICIENT_DATA' }, { AlarmName: 'half' }],
    }))
    expect([...(await reports.read()).keys()]).toEqual(['known'])
  })

  test('is asked a hundred names at a time, each once, and comes back as one', async () => {
    const names = Array.from({ length: 205 }, (_, index) => `alarm-${index}`)
    const { asked, reports } = await answering(names, ({ AlarmNames }) => ({
      MetricAlarms: AlarmNames.map((AlarmName) => ({ AlarmName, StateValue: 'OK' })),
    }))
    expect([...(await reports.read()).keys()]).toEqual(names)
    expect(asked.map(({ AlarmNames }) => AlarmNames.length)).toEqual([100, 100, 5])
    expect(asked.flatMap(({ AlarmNames }) => AlarmNames)).toEqual(names)
    // Fewer records than names would be pages that nobody turns.
    for (const { AlarmNames, MaxRecords } of asked) expect(MaxRecords).toBeGreaterThanOrEqual(AlarmNames.length)
  })

  test('of none is nothing, and nobody is asked', async () => {
    const { asked, reports } = await answering([], () => 500)
    expect(await reports.read()).toEqual(new Map())
    expect(asked).toEqual([])
  })

  test('that it refuses to say is a failure, not silence', async () => {
    const { reports } = await answering(['depth'], () => 400)
    await expect(reports.read()).rejects.toThrow()
  })

  test('is read anew each time', async () => {
    const states = ['OK', 'ALARM']
    const { reports } = await answering(['depth'], () => ({
      MetricAlarms: [{ AlarmName: 'depth', StateValue: states.shift() }],
    }))
    expect((await reports.read()).get('depth')?.state).toBe('OK')
    expect((await reports.read()).get('depth')?.state).toBe('ALARM')
  })
})
