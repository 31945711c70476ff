import {
  DeleteFunctionConcurrencyCommand,
  InvokeCommand,
  PutFunctionConcurrencyCommand,
  PutFunctionEventInvokeConfigCommand,
  UpdateFunctionConfigurationCommand,
} from '@aws-sdk/client-lambda'
import { until } from '../../cli/wait.ts'
import { type Check, must, present, refusalOf } from '../check.ts'
import { collect, invoke, invokeLater, logOf, parsed, probe, queue, shown, shownTo } from '../tools.ts'

/** Functions by themselves: how their failures are told, and what bounds them. */
export const functionChecks: readonly Check[] = [
  {
    id: 'function.timeout',
    behaviour: 'A function that exceeds its time is ended, and told as timed out.',
    guarantee: 'bad-code-is-seen',
    run: async (lab) => {
      const its = await probe(lab, { timeout: 1 })
      const { failed, answer } = await invoke(lab, its, { ms: 5_000 })
      must(failed, 'it is not told as failed')
      must(
        /timed out after 1\.00 seconds/.test(String(answer?.errorMessage)),
        'the error does not tell that it timed out',
      )
    },
  },
  {
    id: 'function.crash',
    behaviour: 'A function whose process ends is told as failed, and the next invocation is clean.',
    guarantee: 'bad-code-is-seen',
    run: async (lab) => {
      const its = await probe(lab)
      must((await invoke(lab, its, { do: 'exit' })).failed, 'it is not told as failed')
      must(!(await invoke(lab, its, { id: 'next' })).failed, 'the next invocation fails too')
    },
  },
  {
    id: 'function.error-name',
    behaviour: 'The answer of a function that throws tells the name of the error.',
    guarantee: 'bad-code-is-seen',
    run: async (lab) => {
      const { answer } = await invoke(lab, await probe(lab), { do: 'name' })
      must(answer?.errorType === 'OutOfStock', `an OutOfStock is told as ${answer?.errorType}`)
    },
  },
  {
    id: 'function.log-lines',
    behaviour: 'A log has START, END and REPORT around what the function says.',
    guarantee: 'bad-code-is-seen',
    run: async (lab) => {
      const its = await probe(lab)
      await invoke(lab, its)
      const lines = await until(
        async () => {
          const all = await logOf(lab, its)
          return all.some((line) => line.startsWith('REPORT')) ? all : undefined
        },
        { within: 20_000 },
      )
      const order = present(lines, 'there is no REPORT within 20 s')
      const at = ['START', 'witness', 'END', 'REPORT'].map((word) => order.findIndex((line) => line.includes(word)))
      must(
        at.every((place, index) => place > (at[index - 1] ?? -1)),
        'they are not in this order',
      )
    },
  },
  {
    id: 'function.payload-limit',
    behaviour: 'An event above 6 MB is refused.',
    guarantee: 'overload',
    run: async (lab) => {
      const its = await probe(lab)
      const large = lab.lambda.send(
        new InvokeCommand({
          FunctionName: its.name,
          Payload: Buffer.from(JSON.stringify({ id: 'x'.repeat(6_400_000) })),
        }),
      )
      must((await refusalOf(large)) !== undefined, 'it is taken')
    },
  },
  {
    id: 'function.environment-limit',
    behaviour: 'Environment variables of more than 4 KB are refused.',
    guarantee: 'overload',
    run: async (lab) => {
      const its = await probe(lab)
      const Variables = { LARGE: 'x'.repeat(4_200) }
      const large = lab.lambda.send(
        new UpdateFunctionConfigurationCommand({ FunctionName: its.name, Environment: { Variables } }),
      )
      must((await refusalOf(large)) !== undefined, 'they are taken')
    },
  },
  {
    id: 'function.reserved-concurrency',
    behaviour: 'Reserved concurrency bounds how many invocations run at once; more are throttled.',
    guarantee: 'bulkheads',
    run: async (lab) => {
      const its = await probe(lab, { timeout: 10 })
      await lab.lambda.send(
        new PutFunctionConcurrencyCommand({ FunctionName: its.name, ReservedConcurrentExecutions: 1 }),
      )
      await invoke(lab, its)
      const slow = invoke(lab, its, { ms: 3_000 })
      await new Promise((resolve) => setTimeout(resolve, 800))
      const refused = await refusalOf(invoke(lab, its))
      await slow
      must(refused !== undefined, 'a second one runs beside the first')
      must(refused === 'TooManyRequestsException', `a second one is refused as ${refused}`)
    },
  },
  {
    id: 'function.switched-off',
    behaviour: 'With a reserved concurrency of 0 nothing runs, and without it everything does again.',
    guarantee: 'bulkheads',
    run: async (lab) => {
      const its = await probe(lab)
      const FunctionName = its.name
      await lab.lambda.send(new PutFunctionConcurrencyCommand({ FunctionName, ReservedConcurrentExecutions: 0 }))
      must((await refusalOf(invoke(lab, its))) !== undefined, 'it runs')
      await lab.lambda.send(new DeleteFunctionConcurrencyCommand({ FunctionName }))
      must((await refusalOf(invoke(lab, its))) === undefined, 'it does not run again')
    },
  },
  {
    id: 'function.async-retries',
    behaviour: 'An asynchronous invocation that fails is tried again as often as configured.',
    guarantee: 'nothing-lost',
    run: async (lab) => {
      const its = await probe(lab)
      await lab.lambda.send(
        new PutFunctionEventInvokeConfigCommand({ FunctionName: its.name, MaximumRetryAttempts: 2 }),
      )
      await invokeLater(lab, its, { do: 'throw' })
      await shown(lab, its, 3, 120_000)
      await new Promise((resolve) => setTimeout(resolve, 4_000))
      const times = (await shownTo(lab, its)).length
      must(times === 3, `with two retries it runs ${times} times`)
    },
  },
  {
    id: 'function.async-on-failure',
    behaviour:
      'An asynchronous invocation that failed for good goes to its failure destination, with request and answer.',
    guarantee: 'parked-and-explained',
    run: async (lab) => {
      const its = await probe(lab)
      const dead = await queue(lab, 'dead')
      await lab.lambda.send(
        new PutFunctionEventInvokeConfigCommand({
          FunctionName: its.name,
          MaximumRetryAttempts: 0,
          DestinationConfig: { OnFailure: { Destination: dead.arn } },
        }),
      )
      await invokeLater(lab, its, { do: 'name', id: 'lost' })
      const [record] = await collect(lab, dead, 1, 40_000)
      const { requestPayload, responsePayload } = parsed(present(record, 'nothing arrives within 40 s')) as {
        requestPayload?: { id?: string }
        responsePayload?: { errorMessage?: string }
      }
      must(requestPayload?.id === 'lost', 'the record does not hold the request')
      must(responsePayload?.errorMessage === 'as told', 'the record does not hold the answer')
    },
  },
]
