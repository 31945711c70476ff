import {
  clearedBody,
  defaultRate,
  defaultStopAt,
  groupParams,
  groupsQuery,
  redriveGroupBody,
  stopBody,
} from '../../events/http/recovery.ts'
import { allEnded } from '../../reactive/all-ended.ts'
import { type Route, route } from '../../reactive/http-endpoint.ts'
import { json, problem } from '../../reactive/problem.ts'
import { iso } from '../../reactive/time.ts'
import { checkAll } from './check.ts'
import { leftOf } from './discard.ts'
import { groupDocument, planDocument } from './documents.ts'
import type { Foresee } from './foresee.ts'
import { textOf } from './payloads.ts'
import { type StagedTools, startStaged, stopStaged } from './staged.ts'
import type { DeskStore } from './store.ts'
import { tryGroups } from './try.ts'

export type GroupTools = StagedTools & {
  readonly desk: DeskStore
  readonly horizon: number
  readonly foresee: Foresee
}

/** Records of a group that a check looks at: enough to see, quick to do. */
const checked = 100

const unknown = (fingerprint: string) =>
  problem(404, 'No such group', `There is no group ${fingerprint}. GET /failed/groups lists them.`)

/** The routes of groups: list, show, check, redrive in stages, try what may have cleared, stop. All for operators. */
export const groupRoutes = (tools: GroupTools): readonly Route[] => {
  const { desk, plans, payloads, knows, clock, horizon, foresee } = tools
  return [
    route('GET', '/failed/groups', { access: 'operator', query: groupsQuery }, async ({ query: { all } }) => {
      const groups = await desk.groups({ all: all === 'true' })
      return json(200, { items: groups.map((group) => groupDocument(group, undefined)) })
    }),

    route(
      'GET',
      '/failed/groups/{fingerprint}',
      { access: 'operator', params: groupParams },
      async ({ params: { fingerprint } }) => {
        const [group, plan] = await allEnded([desk.group(fingerprint), plans.newest(fingerprint)])
        return group ? json(200, groupDocument(group, plan)) : unknown(fingerprint)
      },
    ),

    route(
      'GET',
      '/failed/groups/{fingerprint}/check',
      { access: 'operator', params: groupParams },
      async ({ params: { fingerprint } }) => {
        if (!(await desk.group(fingerprint))) return unknown(fingerprint)
        const members = await desk.members(fingerprint, { after: '', before: iso(clock()), limit: checked })
        const candidates = await allEnded(
          members.map(async ({ recordId }) => {
            const record = await desk.load(recordId)
            return record?.status === 'open'
              ? [{ record, text: textOf(await leftOf(record, record.payload, payloads)) }]
              : []
          }),
        )
        const checks = await checkAll(candidates.flat(), { knows, now: clock(), horizon, foresee })
        const [passing, refused] = [checks.filter(({ passes }) => passes), checks.filter(({ passes }) => !passes)]
        const saying = (word: string) => passing.filter(({ consumer }) => consumer.says === word).length
        return json(200, {
          fingerprint,
          checked: checks.length,
          passing: passing.length,
          repeating: saying('repeats'),
          unasked: saying('not-asked'),
          refused,
        })
      },
    ),

    route(
      'POST',
      '/failed/groups/{fingerprint}/redrive',
      { access: 'operator', params: groupParams, body: redriveGroupBody },
      async ({ params: { fingerprint }, body: { reason, rate = defaultRate, stopAt = defaultStopAt }, caller }) => {
        const plan = await startStaged(fingerprint, { by: caller.subject, reason, rate, stopAt }, tools)
        if (!('refused' in plan)) return json(202, planDocument(plan))
        return plan.refused === 'unknown-group'
          ? unknown(fingerprint)
          : problem(409, 'Cannot be redriven', plan.detail, { type: `urn:neverstop:problem:${plan.refused}` })
      },
    ),

    route(
      'POST',
      '/failed/cleared',
      { access: 'operator', body: clearedBody },
      async ({ body: { reason }, caller, log }) => {
        const groups = await desk.groups({ all: false })
        const result = await tryGroups(groups, { by: caller.subject, because: reason }, tools)
        log.info('a cause has cleared', { by: caller.subject, reason, groups: result.tried.length })
        return json(200, result)
      },
    ),

    route(
      'POST',
      '/failed/groups/{fingerprint}/stop',
      { access: 'operator', params: groupParams, body: stopBody },
      async ({ params: { fingerprint }, body: { reason }, caller, log }) => {
        const plan = await stopStaged(fingerprint, `stopped by ${caller.subject}: ${reason}`, tools)
        if (!plan)
          return problem(409, 'Nothing to stop', `No staged redrive of the group ${fingerprint} is under way.`, {
            code: 'not-under-way',
          })
        log.info('a staged redrive is stopped', { plan: plan.planId, by: caller.subject, reason })
        return json(200, planDocument(plan))
      },
    ),
  ]
}
