/** What is written down piece by piece by whoever makes it, before anybody else has it. */
export type Writable<T> = { -readonly [K in keyof T]: T[K] }
