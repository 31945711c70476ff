import { TestRunner, test } from 'vitest'

/**
 * Runs every test of the files that Stryker chooses. It also chooses among their tests, by names joined as older versions
 * of Vitest did it, so that of those in a `describe` none would run.
 *
 * A file that a mutant keeps from being loaded has noticed it, but has no tests, and only tests are counted: it fails as
 * a test of its own.
 */
export default class extends TestRunner {
  constructor(config: ConstructorParameters<typeof TestRunner>[0]) {
    super({ ...config, testNamePattern: undefined })
  }

  override async importFile(...its: Parameters<TestRunner['importFile']>): Promise<unknown> {
    try {
      return await super.importFile(...its)
    } catch (error) {
      test('is loaded', () => {
        throw error
      })
      return undefined
    }
  }
}
