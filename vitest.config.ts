import { defineConfig } from 'vitest/config'

/** One project a test level; `npm test` runs them all, `npx vitest run --project unit` one. */
export default defineConfig({
  test: {
    projects: [
      // A busy machine is no failure: the limit only ends what hangs.
      { test: { name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      { test: { name: 'simulation', include: ['test/{simulation,exploration}/**/*.test.ts'], testTimeout: 120_000 } },
      {
        test: {
          name: 'infra',
          include: ['test/infra/**/*.test.ts'],
          globalSetup: ['test/infra/global-setup.ts'],
          testTimeout: 60_000,
          hookTimeout: 120_000,
        },
      },
      {
        test: {
          name: 'integration',
          include: ['test/integration/**/*.test.ts'],
          globalSetup: ['test/integration/global-setup.ts'],
          testTimeout: 120_000,
          hookTimeout: 180_000,
          // They share one cloud, and each file ends with everything at rest.
          maxWorkers: 1,
        },
      },
    ],
  },
})
