/**
 * A copy that nobody can change, of what JSON can say: what a table keeps, and may therefore hand out without copying it
 * again.
 */
export const kept = <T>(value: T): T => frozen(JSON.parse(JSON.stringify(value)) as T)

const frozen = <T>(value: T): T => {
  if (typeof value === 'object' && value !== null)
    for (const inner of Object.values(Object.freeze(value))) frozen(inner)
  return value
}
