import type { BackendName } from '../../local/backend-names.ts'

/**
 * How many times as long as on the embedded cloud a test waits on another before it calls something missing. LocalStack
 * takes about a second of a processor for an order, the embedded cloud a tenth of that.
 */
const paces: Record<BackendName, number> = { embedded: 1, localstack: 3, endpoint: 3 }

/** The pace of a backend by its name, as NEVERSTOP_TEST_CLOUD gives it; 1 for none. */
export const paceOf = (cloud: string = 'embedded'): number => paces[cloud as BackendName] ?? 1
