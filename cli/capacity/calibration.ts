import { readFile } from 'node:fs/promises'
import { Failure } from '../../local/failure.ts'
import type { Calibration } from './plan.ts'

const path = new URL('../../bench/calibration.json', import.meta.url)

/**
 * What was last measured of one order and kept.
 *
 * @throws Failure when nothing was.
 */
export const calibration = async (): Promise<Calibration> => {
  const text = await readFile(path, 'utf8').catch(() => undefined)
  if (text) return JSON.parse(text) as Calibration
  throw new Failure('nothing was measured yet that a plan could be made from', {
    remedy: "measure it with 'npm run bench -- cost'",
  })
}
