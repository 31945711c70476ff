import { type AlarmHistoryItem, CloudWatchClient } from '@aws-sdk/client-cloudwatch'
import { describe, expect, test } from 'vitest'
import { alarmsOfAccount, historyOfAccount, namesakes } from '../../../cli/alarms/account.ts'
import { describeAlarm, describeAlarms } from '../../../cli/alarms/describe.ts'

type Asked = { readonly name: string; readonly input: Record<string, unknown> }

/** CloudWatch, which answers page by page. */
const watched = (...pages: readonly Record<string, unknown>[]) => {
  const asked: Asked[] = []
  const client = new CloudWatchClient({ region: 'eu-central-1' })
  client.send = (async (command: { constructor: { name: string }; input: Record<string, unknown> }) => {
    const page = pages[asked.length]
    asked.push({ name: command.constructor.name, input: command.input })
    return asked.length < pages.length ? { ...page, NextToken: String(asked.length) } : page
  }) as unknown as typeof client.send
  return { asked, watched: { client, stage: 'dev', others: ['dev-anna'] } }
}

const since = new Date(Date.now() - 90_000)
const alarm = (name: string, state: string, more: Record<string, unknown> = {}) => ({
  AlarmName: `neverstop-${name}`,
  AlarmDescription: 'messages wait | severity: major | owner: payments | runbook: docs/runbooks/queue-age.md',
  StateValue: state,
  StateReason: 'the threshold was crossed',
  StateUpdatedTimestamp: since,
  ...more,
})

describe('the alarms of a stage in an account', () => {
  test('are those that CloudWatch has, on every page, the ones that are on first', async () => {
    const { watched: it, asked } = watched(
      { MetricAlarms: [alarm('dev-b', 'OK'), alarm('dev-a', 'OK')], CompositeAlarms: [alarm('dev-payments', 'ALARM')] },
      { MetricAlarms: [alarm('dev-c', 'INSUFFICIENT_DATA')] },
    )
    const views = await alarmsOfAccount(it)
    expect(views.map(({ name, state }) => [name, state])).toEqual([
      ['neverstop-dev-payments', 'ALARM'],
      ['neverstop-dev-c', 'INSUFFICIENT_DATA'],
      ['neverstop-dev-a', 'OK'],
      ['neverstop-dev-b', 'OK'],
    ])
    expect(views[0]).toMatchObject({ meaning: 'messages wait', severity: 'major', owner: 'payments' })
    expect(asked[0]!.input).toMatchObject({
      AlarmNamePrefix: 'neverstop-dev-',
      AlarmTypes: ['MetricAlarm', 'CompositeAlarm'],
    })
    expect(describeAlarms(views, false)).toMatch(/ALARM │ neverstop-dev-payments │ major +│ payments │ 90 s/)
  })

  test('are in their state since they came into it, not since they were last looked at', async () => {
    const long = { StateTransitionedTimestamp: new Date(Date.now() - 3_600_000) }
    const [view] = await alarmsOfAccount(watched({ MetricAlarms: [alarm('dev-a', 'ALARM', long)] }).watched)
    expect(view!.for).toBeGreaterThanOrEqual(3_600_000)
  })

  test('are none of another stage that is called alike', async () => {
    const { watched: it } = watched({ MetricAlarms: [alarm('dev-a', 'OK'), alarm('dev-anna-a', 'ALARM')] })
    expect((await alarmsOfAccount(it)).map(({ name }) => name)).toEqual(['neverstop-dev-a'])
  })

  test.each([
    { stacks: ['neverstop-dev-backbone', 'neverstop-dev-payments'], others: [] },
    { stacks: ['neverstop-dev-backbone', 'neverstop-dev-anna-backbone'], others: ['dev-anna'] },
    { stacks: ['neverstop-developers-backbone'], others: [] },
  ])('of $stacks have the namesakes $others', ({ stacks, others }) => {
    expect(namesakes('dev', stacks)).toEqual(others)
  })
})

describe('the history of alarms in an account', () => {
  const at = Date.UTC(2026, 10, 22, 12)
  const update = (AlarmName: string, when: number, from: string, to: string): AlarmHistoryItem => ({
    AlarmName,
    HistoryItemType: 'StateUpdate',
    Timestamp: new Date(when),
    HistorySummary: `Alarm updated from ${from} to ${to}`,
    HistoryData: JSON.stringify({
      version: '1.0',
      oldState: { stateValue: from },
      newState: { stateValue: to, stateReason: `it is ${to}` },
    }),
  })
  const action = (AlarmName: string, stateUpdateTimestamp: number, actionState: string): AlarmHistoryItem => ({
    AlarmName,
    HistoryItemType: 'Action',
    Timestamp: new Date(stateUpdateTimestamp + 40),
    HistoryData: JSON.stringify({ actionState, stateUpdateTimestamp, notificationResource: 'arn:aws:sns:topic' }),
  })
  const name = 'neverstop-dev-a'

  test('is what changed, oldest first, with whether anybody was told', async () => {
    const { watched: it, asked } = watched(
      { AlarmHistoryItems: [update(name, at + 60_000, 'ALARM', 'OK'), action(name, at + 60_000, 'Failed')] },
      { AlarmHistoryItems: [action(name, at, 'Succeeded'), update(name, at, 'OK', 'ALARM')] },
    )
    const history = await historyOfAccount(it, { name })
    expect(history).toEqual([
      { at, alarm: name, from: 'OK', to: 'ALARM', reason: 'it is ALARM', told: true },
      { at: at + 60_000, alarm: name, from: 'ALARM', to: 'OK', reason: 'it is OK', told: false },
    ])
    expect(asked[0]!.input).toMatchObject({ AlarmName: name })
    expect(asked[0]!.input).not.toHaveProperty('StartDate')
  })

  test('of all since a moment is asked for from then on, and leaves out who is no alarm of the stage', async () => {
    const others = ['neverstop-dev-anna-a', 'neverstop-prod-a', 'somebody-elses']
    const { watched: it, asked } = watched({
      AlarmHistoryItems: [update(name, at, 'OK', 'ALARM'), ...others.map((other) => update(other, at, 'OK', 'ALARM'))],
    })
    expect((await historyOfAccount(it, { since: at })).map(({ alarm }) => alarm)).toEqual([name])
    expect(asked[0]!.input).toMatchObject({ StartDate: new Date(at) })
    expect(asked[0]!.input).not.toHaveProperty('AlarmName')
  })

  test('tells in the words of CloudWatch what it gives no reason for, and takes no change of a setting for one of state', async () => {
    const items: AlarmHistoryItem[] = [
      { AlarmName: name, HistoryItemType: 'ConfigurationUpdate', Timestamp: new Date(at), HistoryData: '{}' },
      { AlarmName: name, HistoryItemType: 'StateUpdate', Timestamp: new Date(at), HistorySummary: 'it was updated' },
    ]
    const history = await historyOfAccount(watched({ AlarmHistoryItems: items }).watched, { name })
    expect(history.map(({ reason }) => reason)).toEqual(['it was updated'])
    const [view] = await alarmsOfAccount(watched({ MetricAlarms: [alarm('dev-a', 'OK')] }).watched)
    expect(describeAlarm({ ...view!, history })).toContain('2026-11-22 12:00:00 neverstop-dev-a:')
  })
})
