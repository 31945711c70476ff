import { createInterface } from 'node:readline/promises'
import { Writable } from 'node:stream'
import { exitCodes, Failure } from '../../local/failure.ts'
import type { CloudOptions } from '../command.ts'
import { outputOf } from '../outputs.ts'
import { openSystem } from '../system.ts'
import { signInToPool } from './cognito.ts'

/** The access token of a user of the stage's pool, whose password is in NEVERSTOP_PASSWORD or typed without an echo. */
export const poolToken = async (options: CloudOptions, username: string, env: NodeJS.ProcessEnv = process.env) => {
  const system = await openSystem(options)
  const password = env.NEVERSTOP_PASSWORD ?? (await typedPassword(username))
  return signInToPool({
    region: system.region,
    clientId: outputOf(system, 'UserPoolClientId'),
    username,
    password,
  })
}

const typedPassword = async (username: string): Promise<string> => {
  if (!process.stdin.isTTY)
    throw new Failure(`nobody is there to type the password of ${username}`, {
      exitCode: exitCodes.usage,
      remedy: 'put it into NEVERSTOP_PASSWORD',
    })
  process.stderr.write(`password of ${username}: `)
  const silent = new Writable({ write: (_chunk, _encoding, done) => done() })
  const line = createInterface({ input: process.stdin, output: silent, terminal: true })
  try {
    return await line.question('')
  } finally {
    line.close()
    process.stderr.write('\n')
  }
}
