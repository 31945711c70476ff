import * as z from 'zod'
import { environment } from './environment.ts'
import type { Credentials } from './signing.ts'

/** Who the function that runs this is to AWS, and where AWS is: Lambda gives each its credentials. */
export type Identity = {
  readonly region: string
  readonly credentials: Credentials
  /** Where every service is, without a slash at the end; absent on AWS itself, where each has an address of its own. */
  readonly endpoint?: string
}

/** Read once, at cold start: the credentials of an execution environment are good for as long as it lives. */
export const ownIdentity = (): Identity => {
  const { AWS_REGION, AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY, AWS_SESSION_TOKEN, AWS_ENDPOINT_URL } = environment({
    AWS_REGION: z.string().min(1),
    AWS_ACCESS_KEY_ID: z.string().min(1),
    AWS_SECRET_ACCESS_KEY: z.string().min(1),
    AWS_SESSION_TOKEN: z.string().optional(),
    AWS_ENDPOINT_URL: z.string().optional(),
  })
  return {
    region: AWS_REGION,
    credentials: {
      accessKeyId: AWS_ACCESS_KEY_ID,
      secretAccessKey: AWS_SECRET_ACCESS_KEY,
      sessionToken: AWS_SESSION_TOKEN,
    },
    ...(AWS_ENDPOINT_URL ? { endpoint: AWS_ENDPOINT_URL.replace(/\/+$/, '') } : {}),
  }
}
