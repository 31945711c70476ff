import {
  type FunctionConfiguration,
  LambdaClient,
  paginateListFunctions,
  UpdateFunctionCodeCommand,
} from '@aws-sdk/client-lambda'
import { namesOf } from '../infra/names.ts'
import type { AssembledStack } from './assembly.ts'
import { type ClientConfig, localAccount } from './client.ts'
import { isObject } from './template.ts'
import { zip } from './zip.ts'

type Listed = Pick<FunctionConfiguration, 'FunctionName' | 'Environment'>

/**
 * The handler of a function of a stage; undefined of any other function, those of a stage included that is called alike, as
 * `dev-anna` is for `dev`.
 */
export const handlerIn = (stage: string, { FunctionName, Environment }: Listed): string | undefined => {
  const handler = Environment?.Variables?.NEVERSTOP_HANDLER
  return handler && FunctionName === namesOf(stage).function(handler) ? handler : undefined
}

/** The functions of a stage: name of the handler (`payments-commands`) → name of the function. */
export const functionsByHandler = async (config: ClientConfig, stage: string): Promise<Map<string, string>> => {
  const client = new LambdaClient(config)
  const found = new Map<string, string>()
  for await (const { Functions = [] } of paginateListFunctions({ client }, {})) {
    for (const listed of Functions) {
      const handler = handlerIn(stage, listed)
      if (handler) found.set(handler, listed.FunctionName!)
    }
  }
  client.destroy()
  return found
}

/** Gives a function another bundle; the next invocation runs it. */
export const replaceCode = async (config: ClientConfig, FunctionName: string, bundle: Uint8Array): Promise<void> => {
  const client = new LambdaClient(config)
  await client.send(new UpdateFunctionCodeCommand({ FunctionName, ZipFile: zip({ 'index.mjs': bundle }) }))
  client.destroy()
}

/** Where the bootstrap bucket holds the code of each handler, as the templates say. */
export const deployedCode = (
  stacks: readonly Pick<AssembledStack, 'template'>[],
  region: string,
): Map<string, { S3Bucket: string; S3Key: string }> =>
  new Map(
    stacks.flatMap(({ template }) =>
      Object.values(template.Resources).flatMap(({ Type, Properties = {} }) => {
        const { Environment: environment, Code: code } = Properties
        if (Type !== 'AWS::Lambda::Function' || !isObject(environment) || !isObject(code)) return []
        const handler = isObject(environment.Variables) ? environment.Variables.NEVERSTOP_HANDLER : undefined
        const bucket = isObject(code.S3Bucket) ? code.S3Bucket['Fn::Sub'] : code.S3Bucket
        if (typeof handler !== 'string' || typeof bucket !== 'string' || typeof code.S3Key !== 'string') return []
        const S3Bucket = bucket.replace(/\$\{AWS::(AccountId|Region)\}/g, (_, name) =>
          name === 'Region' ? region : localAccount,
        )
        return [[handler, { S3Bucket, S3Key: code.S3Key }] as const]
      }),
    ),
  )

/**
 * Puts back the deployed code of functions that were given another bundle while somebody watched: a template that did
 * not change meanwhile would leave them as they are.
 */
export const restoreCode = async (
  handlers: readonly string[],
  { stacks, config, stage }: { stacks: readonly AssembledStack[]; config: ClientConfig; stage: string },
): Promise<void> => {
  const [names, code] = [await functionsByHandler(config, stage), deployedCode(stacks, config.region)]
  const client = new LambdaClient(config)
  for (const handler of handlers) {
    const [FunctionName, location] = [names.get(handler), code.get(handler)]
    if (FunctionName && location) await client.send(new UpdateFunctionCodeCommand({ FunctionName, ...location }))
  }
  client.destroy()
}
