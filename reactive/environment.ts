import * as z from 'zod'

/**
 * Reads what a function needs from its environment, once, at cold start.
 * Throws naming every variable that is missing or malformed.
 *
 * @example
 * export const { STOCK_TABLE, SAGA_INBOXES } = environment({ STOCK_TABLE: z.string().min(1), SAGA_INBOXES: json(queues) })
 */
export const environment = <Shape extends z.ZodRawShape>(shape: Shape): z.infer<z.ZodObject<Shape>> => {
  const read = z.object(shape).safeParse(process.env)
  if (read.success) return read.data
  const problems = read.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`)
  throw new Error(`The environment of this function is incomplete. ${problems.join('; ')}`)
}

/** A variable that carries JSON. */
export const json = <T>(schema: z.ZodType<T>) =>
  z
    .string()
    .transform((text, context) => {
      try {
        return JSON.parse(text) as unknown
      } catch {
        context.addIssue({ code: 'custom', message: 'is not JSON' })
        return z.NEVER
      }
    })
    .pipe(schema)

/**
 * Queues of one stage by their names, from one address in which only the last part differs. Whole addresses of forty
 * queues would not fit into the 4 KB that a function's environment may have.
 *
 * @example
 * queuesAt.parse('https://sqs.eu-west-1.amazonaws.com/1234/neverstop-dev-{orders,refunds}')
 * // { 'neverstop-dev-orders': 'https://sqs…/neverstop-dev-orders', 'neverstop-dev-refunds': … }
 */
export const queuesAt = z.string().transform((text, context) => {
  const [, before, things] = /^(.*)\{([^{}]+)\}$/.exec(text) ?? []
  if (before !== undefined && things !== undefined)
    return Object.fromEntries(
      things.split(',').map((thing) => [`${before}${thing}`.slice(before.lastIndexOf('/') + 1), `${before}${thing}`]),
    )
  context.addIssue({ code: 'custom', message: 'is no address of the form https://…/name-{a,b}' })
  return z.NEVER
})

/** Queue URLs by the name of who reads them. */
export const queues = z.record(z.string(), z.string().min(1))
