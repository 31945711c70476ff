import * as z from 'zod'

/**
 * Why a request was not granted, for machines and people.
 *
 * `type` is a URN of this platform (`urn:neverstop:problem:unknown-sku`) or `about:blank`; `errors` names what
 * is wrong with the request, members of its body by JSON pointer.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9457
 */
export const problem = z
  .object({
    type: z.string().min(1),
    title: z.string().min(1),
    status: z.int().min(400).max(599),
    detail: z.string().optional(),
    instance: z.string().optional(),
    code: z.string().optional().describe('A word for machines: what kind of refusal this is.'),
    errors: z
      .array(z.object({ detail: z.string(), pointer: z.string().optional(), parameter: z.string().optional() }))
      .optional(),
  })
  .meta({ description: 'An RFC 9457 problem document.' })

export type ProblemDocument = z.infer<typeof problem>
