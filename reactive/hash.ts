/**
 * FNV-1a, 32 bits: the same in every process and version; spreads keys and notices changes, proves nothing.
 *
 * @see http://www.isthe.com/chongo/tech/comp/fnv/
 */
export const hashOf = (text: string): number => {
  let hash = 0x811c9dc5
  for (let index = 0; index < text.length; index += 1) hash = Math.imul(hash ^ text.charCodeAt(index), 0x01000193)
  return hash >>> 0
}
