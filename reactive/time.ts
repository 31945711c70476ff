declare const unit: unique symbol

/** Milliseconds since 1970-01-01T00:00:00Z. */
export type EpochMs = number & { readonly [unit]?: 'EpochMs' }
/** A span of time in milliseconds. */
export type Millis = number & { readonly [unit]?: 'Millis' }

/** Time is passed in; nothing pure reads a clock. */
export type Clock = () => EpochMs

export const seconds = (n: number): Millis => n * 1_000
export const minutes = (n: number): Millis => seconds(n * 60)
export const hours = (n: number): Millis => minutes(n * 60)
export const days = (n: number): Millis => hours(n * 24)

export const iso = (at: EpochMs): string => new Date(at).toISOString()
/** The time to live of an item, as DynamoDB wants it: whole seconds, never early. */
export const expiryOf = (at: EpochMs): number => Math.ceil(at / 1_000)

export const fromIso = (text: string): EpochMs => Date.parse(text)
