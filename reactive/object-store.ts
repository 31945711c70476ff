import { PermanentError, TransientError } from './errors.ts'
import { ownIdentity } from './own-identity.ts'
import { type Credentials, sha256, sigV4 } from './signing.ts'
import { type Clock, type Millis, seconds } from './time.ts'

/** A bucket as far as we need one: text under a name. Writing and removing again change nothing. */
export type ObjectStore = {
  readonly put: (key: string, text: string) => Promise<void>
  /** @throws PermanentError when there is nothing under that name. */
  readonly get: (key: string) => Promise<string>
  readonly remove: (key: string) => Promise<void>
}

type Reach = {
  /** Address of the bucket, without a slash at the end. */
  readonly url: string
  readonly credentials: Credentials
  readonly region: string
  readonly clock: Clock
  readonly fetch?: typeof globalThis.fetch
}

const callTimeout: Millis = seconds(3)

/**
 * S3 by three signed requests: the SDK's client would be a third of a handler's bundle. Keys must be made of characters
 * that a path need not encode.
 *
 * @throws TransientError when S3 does not answer, or answers that it cannot now.
 * @see https://docs.aws.amazon.com/AmazonS3/latest/API/sig-v4-header-based-auth.html
 */
export const objectStore = ({ url, credentials, region, clock, fetch = globalThis.fetch }: Reach): ObjectStore => {
  const sign = sigV4({ credentials, region, service: 's3', clock })

  const request = async (method: 'PUT' | 'GET' | 'DELETE', key: string, body?: string): Promise<Response> => {
    if (!/^[\w./-]+$/.test(key)) throw new PermanentError('unsuitable-key', `'${key}' cannot name an object.`)
    const target = new URL(`${url}/${key}`)
    const headers = { 'x-amz-content-sha256': sha256(body ?? '') }
    const signed = await sign({ method, url: target, headers, ...(body === undefined ? {} : { body }) })
    let response: Response
    try {
      response = await fetch(target, {
        method,
        headers: signed,
        ...(body === undefined ? {} : { body }),
        signal: AbortSignal.timeout(callTimeout),
      })
    } catch (error) {
      throw new TransientError(`${method} ${key} was not answered: ${(error as Error).message}`, { cause: error })
    }
    if (response.ok) return response
    if (response.status === 404) throw new PermanentError('no-such-object', `There is no object ${key}.`)
    throw new TransientError(`${method} ${key} was answered with ${response.status}.`)
  }

  return {
    put: async (key, text) => void (await request('PUT', key, text)),
    get: async (key) => (await request('GET', key)).text(),
    remove: async (key) => {
      await request('DELETE', key).catch((error: unknown) => {
        if (!(error instanceof PermanentError && error.code === 'no-such-object')) throw error
      })
    },
  }
}

/** The bucket of that name, spoken to as the function that runs this. */
export const ownBucket = (bucket: string): ObjectStore => {
  const { region, credentials, endpoint } = ownIdentity()
  return objectStore({
    url: endpoint ? `${endpoint}/${bucket}` : `https://${bucket}.s3.${region}.amazonaws.com`,
    credentials,
    region,
    clock: Date.now,
  })
}
