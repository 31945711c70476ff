import { defineConfig } from 'vitest/config'

/** What must kill the mutants of the saga engine: its unit tests. */
export default defineConfig({
  test: {
    include: ['test/unit/sagas/**/*.test.ts'],
    testTimeout: 60_000,
    runner: './test/mutation-runner.ts',
  },
})
