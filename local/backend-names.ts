/** The backends that this checkout can run on. A new one is an adapter in a folder of its own and a line here. */
export const backendNames = ['embedded', 'localstack', 'endpoint'] as const

export type BackendName = (typeof backendNames)[number]
