// The runtime of one execution environment: loads the handler, then answers one invocation at a time over Node's own
// IPC channel. Parent: worker.py. What is written to standard output and error belongs to the invocation under way.
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { format } from 'node:util'

/** @type {{ id: string } | undefined} */
let current

/** An error came that nobody caught. */
let falling = false

const levels = { debug: 'DEBUG', error: 'ERROR', info: 'INFO', log: 'INFO', trace: 'TRACE', warn: 'WARN' }
const structured = process.env.AWS_LAMBDA_LOG_FORMAT === 'JSON'

const lineOf = (level, args) => {
  const timestamp = new Date().toISOString()
  if (structured) {
    const message = args.length === 1 && typeof args[0] === 'object' ? args[0] : format(...args)
    return JSON.stringify({ timestamp, level, requestId: current?.id, message })
  }
  // An entry is one event however many lines it has: the log store splits at line feeds.
  return `${timestamp}\t${current?.id ?? 'undefined'}\t${level}\t${format(...args).replaceAll('\n', '\r')}`
}
for (const [method, level] of Object.entries(levels)) {
  console[method] = (...args) => void process.stdout.write(`${lineOf(level, args)}\n`)
}

const described = (error) =>
  error instanceof Error
    ? { errorType: error.name, errorMessage: error.message, trace: String(error.stack).split('\n') }
    : { errorType: typeof error, errorMessage: String(error), trace: [] }

const named = (name, message) => Object.assign(new Error(message), { name })

const load = async () => {
  const { LAMBDA_TASK_ROOT: root = '', _HANDLER: handler = '' } = process.env
  const dot = handler.indexOf('.', handler.lastIndexOf('/') + 1)
  const [module, path] = [handler.slice(0, dot), handler.slice(dot + 1).split('.')]
  const file = ['.mjs', '.js', '.cjs'].map((ending) => join(root, `${module}${ending}`)).find(existsSync)
  if (!file) throw named('Runtime.ImportModuleError', `Error: Cannot find module '${module}'`)
  const namespace = await import(pathToFileURL(file).href)
  const found = path.reduce((scope, name) => scope?.[name] ?? scope?.default?.[name], namespace)
  if (typeof found !== 'function') throw named('Runtime.HandlerNotFound', `${handler} is undefined or not exported`)
  return found
}

const contextOf = ({ id, arn, deadline }, { resolve, reject }) => ({
  callbackWaitsForEmptyEventLoop: true,
  awsRequestId: id,
  invokedFunctionArn: arn,
  functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
  functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
  memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
  logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
  logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
  getRemainingTimeInMillis: () => deadline - Date.now(),
  done: (error, result) => (error ? reject(error) : resolve(result)),
  succeed: resolve,
  fail: reject,
})

/** The handler's answer: of a promise, or by the callback that older handlers take as their third argument. */
const answerOf = (handler, invocation) =>
  new Promise((resolve, reject) => {
    const context = contextOf(invocation, { resolve, reject })
    const returned = handler(JSON.parse(invocation.event || 'null'), context, context.done)
    if (typeof returned?.then === 'function') returned.then(resolve, reject)
    else if (handler.length < 3) resolve(returned)
  })

const megabytes = () => Math.ceil(process.resourceUsage().maxRSS / 1024)

const refuse = (error) => {
  const { errorType, errorMessage, trace } = described(error)
  console.error('Invoke Error', JSON.stringify({ errorType, errorMessage, stack: trace }))
  return { kind: 'error', error: { errorType, errorMessage, trace }, megabytes: megabytes() }
}

/** Everything that was written is with the parent, so that it belongs to this reply. */
const written = () =>
  Promise.all([process.stdout, process.stderr].map((stream) => new Promise((done) => stream.write('', done))))

const invoke = async (handler, invocation) => {
  current = invocation
  process.env._X_AMZN_TRACE_ID = invocation.trace
  const reply = await answerOf(handler, invocation).then(
    (result) => ({ kind: 'answer', body: JSON.stringify(result) ?? 'null', megabytes: megabytes() }),
    refuse,
  )
  await written()
  if (falling) return
  current = undefined
  process.send(reply)
}

/**
 * Nothing that a program does after this can be trusted: the invocation fails, and the environment ends with it. Its
 * reply says that it is the last, so that nobody asks this environment again while it ends; and it is the only one,
 * whatever else the handler throws or answers meanwhile.
 */
const fall = async (error) => {
  if (falling) return
  falling = true
  if (!current) process.exit(129)
  const reply = refuse(error)
  await written()
  process.send({ ...reply, last: true }, () => process.exit(129))
}
process.on('uncaughtException', fall)
process.on('unhandledRejection', (error) =>
  fall(Object.assign(named('Runtime.UnhandledPromiseRejection', described(error).errorMessage), { cause: error })),
)
// Whoever started this environment is gone.
process.on('disconnect', () => process.exit(0))

try {
  const handler = await load()
  process.on('message', (invocation) => void invoke(handler, invocation))
  process.send({ kind: 'ready' })
} catch (error) {
  process.send({ kind: 'failed', error: described(error) }, () => process.exit(1))
}
