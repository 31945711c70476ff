import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { BaseSequencer, type TestSpecification } from 'vitest/node'
import { paceOf } from './local/pace.ts'
import { roomy } from './test/hunted.ts'
import { isFirst, withFirst } from './test/sequence.ts'

const pace = paceOf(process.env.NEVERSTOP_TEST_CLOUD)

/**
 * No test leaves anything behind in a module, so a worker loads each module once for all its files, which is most of
 * what a quick level costs. Every core works; vitest would leave one of them idle.
 */
const shared = { isolate: false, maxWorkers: '100%' }

class Sequence extends BaseSequencer {
  override async sort(files: TestSpecification[]) {
    return withFirst(
      await super.sort(files),
      ({ moduleId }) => isFirst(moduleId),
      ({ project }) => project.name,
    )
  }
}

/** One project a test level; `npm test` runs them all, `npx vitest run --project unit` one. */
export default defineConfig({
  test: {
    sequence: { sequencer: Sequence },
    projects: [
      // A busy machine is no failure: the limit only ends what hangs.
      { test: { ...shared, name: 'unit', include: ['test/unit/**/*.test.ts'], testTimeout: 60_000 } },
      {
        test: {
          ...shared,
          name: 'simulation',
          include: ['test/{simulation,exploration}/**/*.test.ts'],
          // Beside the integration level it gets what that leaves.
          testTimeout: 300_000,
          execArgv: roomy,
          maxConcurrency: availableParallelism(),
        },
      },
      {
        test: {
          ...shared,
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
          testTimeout: 120_000 * pace,
          hookTimeout: 180_000 * pace,
          // They share one cloud, and each file ends with everything at rest.
          maxWorkers: 1,
        },
      },
    ],
  },
})
