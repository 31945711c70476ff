import { brokenLife } from './lives.ts'

/** Lives until one is broken, and prints it; `null` when none was. */
console.log(JSON.stringify(brokenLife(Number(process.argv[2] ?? 2_000), 1) ?? null))
