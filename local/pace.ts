import type { BackendName } from './backend-names.ts'

/**
 * How many times as long as the embedded cloud another one may take. LocalStack needs about a second of a processor for
 * an order, the embedded cloud a tenth of that. Tests wait so much longer, the demonstration places so much slower.
 */
const paces: Record<BackendName, number> = { embedded: 1, localstack: 3, endpoint: 3 }

/**
 * The pace of a backend by its name; 1 of one that is not known.
 *
 * @example
 * paceOf('localstack') // 3
 */
export const paceOf = (backend: string = 'embedded'): number => paces[backend as BackendName] ?? 1
