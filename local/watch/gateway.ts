import type { Sample } from './store.ts'

type Api = { readonly name: string; readonly stage: string }

/** Which REST API a function answers for, by the function's name without the stage. */
export type ApiOf = (handler: string) => Api | undefined

/**
 * What the cloud's own services would have counted beside our functions, made of what our functions measured themselves:
 * AWS/ApiGateway of requests, AWS/Lambda IteratorAge of the changes that a stream's handler was given.
 *
 * What a gateway answers without asking a function (an unknown path, a refusal by its throttle) nobody sees here.
 */
export const beside = (sample: Sample, apiOf: ApiOf, functionOf: (handler: string) => string | undefined): Sample[] => {
  const { metric, at, value, times } = sample
  const { name, dimensions } = metric
  const api = dimensions.api === undefined ? undefined : apiOf(dimensions.api)
  const counted = api && gatewayNames[name]
  if (counted) return countedAt(api, counted, { at, value, ...(times === undefined ? {} : { times }) })
  if (name !== 'MessageAge' || dimensions.edge === undefined) return []
  const reader = functionOf(dimensions.edge)
  if (reader === undefined) return []
  return [{ metric: { namespace: 'AWS/Lambda', name: 'IteratorAge', dimensions: { FunctionName: reader } }, at, value }]
}

const gatewayNames: Readonly<Record<string, string>> = {
  Requests: 'Count',
  RequestsRefused: '4XXError',
  RequestsFailed: '5XXError',
  RequestTime: 'Latency',
}

/** A function that an API asked and that failed: the caller gets 502, which no function could count. */
export const failedBehind = (sample: Sample, api: Api | undefined): Sample[] =>
  !api || sample.metric.name !== 'Errors' || sample.value === 0
    ? []
    : ['5XXError', 'Count'].flatMap((name) => countedAt(api, name, sample))

/**
 * The gateway counts what it measures twice: for the API, and for each of its stages.
 *
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-metrics-and-dimensions.html
 */
const countedAt = (api: Api, name: string, sample: Omit<Sample, 'metric'>): Sample[] => {
  const counted = (dimensions: Readonly<Record<string, string>>) => ({
    ...sample,
    metric: { namespace: 'AWS/ApiGateway', name, dimensions },
  })
  return [counted({ ApiName: api.name }), counted({ ApiName: api.name, Stage: api.stage })]
}
