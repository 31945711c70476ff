import { TestRunner } from 'vitest'

/**
 * Runs every test of the files that Stryker chooses. It also chooses among their tests, by names joined as older versions
 * of Vitest did it, so that of those in a `describe` none would run.
 */
export default class extends TestRunner {
  constructor(config: ConstructorParameters<typeof TestRunner>[0]) {
    super({ ...config, testNamePattern: undefined })
  }
}
