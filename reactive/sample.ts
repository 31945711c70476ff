import { hashOf } from './hash.ts'

/**
 * Whether an id belongs to a sample of `share`, from 0 (nobody) to 1 (everybody). The same id is in or out in every
 * process and version, and raising the share only adds: whoever follows a flow by its correlation id sees all of it or
 * nothing. A hash with a final mix, since ids that differ in their last character must not land side by side.
 *
 * @example
 * inSample('ord_0123456789abcdef', 0.1)
 */
export const inSample = (id: string, share: number): boolean => {
  if (share >= 1) return true
  let hash = hashOf(id)
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35)
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32 < share
}
