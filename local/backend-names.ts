/** The backends that this checkout can run on. A new one is an adapter in a folder of its own and a line here. */
export const backendNames = ['embedded', 'localstack', 'endpoint'] as const

export type BackendName = (typeof backendNames)[number]

/** Where a system can run: on a backend of this checkout, or in an account of AWS. */
export const cloudNames = [...backendNames, 'aws'] as const

export type CloudName = (typeof cloudNames)[number]
