import { describe, expect, test } from 'vitest'
import { type AccountPorts, type DeployOptions, deployToAccount } from '../../../../cli/account/deploy.ts'
import { type DestroyOptions, type DestroyPorts, destroyInAccount } from '../../../../cli/account/destroy.ts'
import { guarding, holding, yielding } from '../../../../cli/account/protect.ts'
import { createOutput } from '../../../../cli/output.ts'
import { exitCodes, Failure } from '../../../../local/failure.ts'
import { definitions } from '../../../../sagas/index.ts'

const comparing = 'diff --app /assembly --exclusively neverstop-dev-keys'
const policies: Record<string, string> = { [guarding]: 'guard', [yielding]: 'open' }

/** An account that does what it is told and remembers it. */
const world = (over: Partial<AccountPorts & DestroyPorts> = {}) => {
  const calls: string[] = []
  const notes: string[] = []
  const ports: AccountPorts & DestroyPorts = {
    account: async () => ({ id: '123456789012', region: 'eu-central-1' }),
    assemble: async (more = {}) => ({
      folder: '/assembly',
      templates: {
        'neverstop-dev-keys': {
          Resources: {
            Key: { Type: 'AWS::KMS::Key', DeletionPolicy: 'Retain' },
            Alias: { Type: 'AWS::KMS::Alias' },
            ...(more.alarmEmail ? { [`Pages to ${more.alarmEmail}`]: { Type: 'AWS::SNS::Subscription' } } : {}),
          },
        },
      },
    }),
    cdk: async (args) => {
      calls.push(args.join(' '))
      return { code: 0, lines: args[0] === 'diff' ? ['[+] AWS::KMS::Key Key'] : [] }
    },
    ask: async () => undefined,
    perOrder: async () => ({ 'dynamodb.write': 40 }),
    stacks: async () => ['neverstop-dev-keys'],
    alarmEmail: async () => undefined,
    guard: async (stack, policy) => void calls.push(`${policies[policy]} ${stack}`),
    definitions: async () => definitions,
    unfinished: async () => [],
    unprotect: async (stack) => void calls.push(`unprotect ${stack}`),
    ...over,
  }
  const out = createOutput({
    json: false,
    streams: { stdout: (text) => void notes.push(text), stderr: (text) => void notes.push(text) },
  })
  return { calls, notes, ports, out }
}

const noCredentials = async () => {
  throw new Failure('there are no credentials')
}

describe('a deployment to an account', () => {
  const options: DeployOptions = {
    stage: 'dev',
    region: 'eu-central-1',
    ordersPerDay: 1_000,
    dryRun: false,
    yes: false,
  }
  const deploying = 'deploy --app /assembly --all --require-approval never --progress events --concurrency 3'
  const deploy = ({ ports, out }: ReturnType<typeof world>, over: Partial<DeployOptions> = {}) =>
    deployToAccount({ ...options, ...over }, ports, out)

  /** Somebody who agrees, and what they were asked. */
  const agreeing = () => {
    const asked: string[] = []
    const ask = async (question: string) => {
      asked.push(question)
      return 'yes'
    }
    return { asked, ask }
  }

  test('shows the difference and the cost, and goes on when somebody types yes', async () => {
    const it = world({ ask: async () => 'yes' })
    const { deployed, document } = await deploy(it)
    expect(deployed).toBe(true)
    expect(it.calls).toEqual([comparing, 'guard neverstop-dev-keys', deploying, 'guard neverstop-dev-keys'])
    expect(it.notes.join('')).toContain('[+] AWS::KMS::Key Key')
    expect(it.notes.join('')).toContain('1,000 orders a day')
    expect(document).toMatchObject({ account: '123456789012', deployed: true, estimate: { idle: 1 } })
  })

  test('shows of what is new how much there is of it, and compares only what is there', async () => {
    const templates = {
      'neverstop-dev-keys': { Resources: { Key: { Type: 'AWS::KMS::Key' } } },
      'neverstop-dev-payments': {
        Resources: { Table: { Type: 'AWS::DynamoDB::Table' }, Queue: { Type: 'AWS::SQS::Queue' } },
      },
    }
    const it = world({ assemble: async () => ({ folder: '/assembly', templates }) })
    const { human } = await deploy(it, { dryRun: true })
    expect(it.calls).toEqual([comparing])
    expect(human).toContain('[+] AWS::KMS::Key Key')
    expect(human).toContain('1 stack is new:')
    expect(human).toMatch(/neverstop-dev-payments +│ 2 +│ 1 DynamoDB::Table, 1 SQS::Queue/)
    expect(human).not.toMatch(/neverstop-dev-keys +│/)
  })

  test('leaves out the stacks that would stay as they are', async () => {
    const hold = 'Hold on while we create a read-only change set to get a diff with accurate replacement information'
    const lines = [
      ...[hold, '', 'Stack neverstop-dev-a (aws://1/eu-central-1)', 'There were no differences', ''],
      ...[hold, '', 'Stack neverstop-dev-b (aws://1/eu-central-1)', '[-] AWS::SNS::Subscription Gone', ''],
      ...[hold, '', 'Stack neverstop-dev-c (aws://1/eu-central-1)', 'There were no differences', ''],
      ...['', 'Number of stacks with differences: 1'],
    ]
    const { human } = await deploy(world({ cdk: async () => ({ code: 0, lines }) }), { dryRun: true })
    expect(human).toContain('Stack neverstop-dev-b (aws://1/eu-central-1)\n[-] AWS::SNS::Subscription Gone')
    expect(human).toContain('Number of stacks with differences: 1')
    expect(human).not.toMatch(/neverstop-dev-[ac]|no differences|Hold on/)
  })

  test('asks the CDK for no difference before there is anything', async () => {
    const it = world({ stacks: async () => [] })
    const { human } = await deploy(it, { dryRun: true })
    expect(it.calls).toEqual([])
    expect(human).toContain('1 stack is new:')
  })

  test('says nothing of what is packed and uploaded, unless it fails', async () => {
    const packing = [
      'start: Building neverstop-dev-keys Template',
      'neverstop-dev-keys: success: Published neverstop-dev-keys Template (current_account-current_region-1)',
    ]
    const telling = ['neverstop-dev-keys: fail: Bucket is not there', 'neverstop-dev-keys | UPDATE_COMPLETE']
    const it = world({
      cdk: async (args, heard) => {
        for (const line of [...packing, ...telling]) heard(line)
        return { code: 0, lines: args[0] === 'diff' ? [...packing, '[+] AWS::KMS::Key Key'] : [] }
      },
    })
    await deploy(it, { yes: true })
    const said = it.notes.join('')
    for (const line of packing) expect(said).not.toContain(line)
    for (const line of [...telling, '[+] AWS::KMS::Key Key']) expect(said).toContain(line)
  })

  test('asks nobody when somebody agreed before', async () => {
    const asked: string[] = []
    const it = world({ ask: async (question) => void asked.push(question) as undefined })
    expect((await deploy(it, { yes: true })).deployed).toBe(true)
    expect(asked).toEqual([])
  })

  test.each(['no', 'y', 'Yes', ''])('changes nothing when the answer is %j', async (answer) => {
    const it = world({ ask: async () => answer })
    await expect(deploy(it)).rejects.toMatchObject({ message: 'nothing was changed', exitCode: exitCodes.refused })
    expect(it.calls).toEqual([comparing])
  })

  test('changes nothing where nobody can answer, and says how to agree', async () => {
    const it = world()
    await expect(deploy(it)).rejects.toMatchObject({
      exitCode: exitCodes.usage,
      remedy: expect.stringContaining('--yes'),
    })
    expect(it.calls).toHaveLength(1)
  })

  test('stops before the question in a dry run', async () => {
    const it = world({ ask: async () => 'yes' })
    const { deployed, human } = await deploy(it, { dryRun: true, yes: true })
    expect(deployed).toBe(false)
    expect(it.calls).toEqual([comparing])
    expect(human).toContain('[+] AWS::KMS::Key Key')
    expect(human).toContain('keys of one’s own')
  })

  test('shows in a dry run what there would be when there is no account to compare with', async () => {
    const it = world({ account: noCredentials })
    const { human, document } = await deploy(it, { dryRun: true })
    expect(human).toContain('No account to compare with: there are no credentials')
    expect(human).toContain('neverstop-dev-keys')
    expect(document).toMatchObject({ account: null, resources: { 'neverstop-dev-keys': 2 }, deployed: false })
    expect(it.calls).toEqual([])
  })

  test('needs an account otherwise', async () => {
    const it = world({ account: noCredentials })
    await expect(deploy(it, { yes: true })).rejects.toThrow('there are no credentials')
    expect(it.calls).toEqual([])
  })

  test('says that nobody has counted what an order uses, instead of guessing', async () => {
    const it = world({ perOrder: async () => undefined })
    expect((await deploy(it, { dryRun: true })).human).toContain('has not been counted')
  })

  describe('in a region whose prices nobody has entered', () => {
    const region = 'ap-south-1'
    const said = 'no prices of ap-south-1 are known, so nothing is estimated'

    test('goes on, and says before and in the question that nothing is estimated', async () => {
      const { asked, ask } = agreeing()
      const it = world({ ask })
      const { deployed, document } = await deploy(it, { region })
      expect(deployed).toBe(true)
      expect(it.calls).toContain(deploying)
      expect(it.notes.join('')).toContain(`${said} (infra/prices/list.json has eu-central-1 and us-east-1)`)
      expect(asked.join()).toContain(`in ap-south-1; ${said}.`)
      expect(document).toMatchObject({ region, estimate: null, deployed: true })
    })

    test.each([
      ['with an account', {}],
      ['without one', { account: noCredentials }],
    ])('shows what would change in a dry run %s', async (_, ports) => {
      const it = world(ports)
      const { human } = await deploy(it, { region, dryRun: true })
      expect(human).toContain(said)
      expect(human).toMatch(/AWS::KMS::Key|KMS::Alias/)
      expect(human).not.toContain('has not been counted')
    })

    test('says nothing of the kind where prices are known', async () => {
      const { asked, ask } = agreeing()
      await deploy(world({ ask }))
      expect(asked.join()).toContain('in eu-central-1.')
    })
  })

  describe('sends pages', () => {
    const before = async () => 'anna@example.com'
    const paged = ({ document }: { document: object }) => {
      const { alarmEmail, resources } = document as { alarmEmail: unknown; resources: Record<string, number> }
      return { alarmEmail, resources: resources['neverstop-dev-keys'] }
    }

    test('on to the address that they went to, and says which it is', async () => {
      const it = world({ alarmEmail: before })
      expect(paged(await deploy(it, { yes: true }))).toEqual({ alarmEmail: 'anna@example.com', resources: 3 })
      expect(it.notes.join('')).toContain('Pages go on to anna@example.com, as before')
    })

    test('to another address when one is given, and says which it no longer is', async () => {
      const it = world({ alarmEmail: before })
      const done = await deploy(it, { yes: true, alarmEmail: 'bo@example.com' })
      expect(paged(done)).toEqual({ alarmEmail: 'bo@example.com', resources: 3 })
      expect(it.notes.join('')).toContain('Pages go to bo@example.com, and no longer to anna@example.com.')
    })

    test('nowhere any more when somebody says so', async () => {
      const it = world({ alarmEmail: before })
      expect(paged(await deploy(it, { yes: true, alarmEmail: false }))).toEqual({ alarmEmail: null, resources: 2 })
      expect(it.notes.join('')).toContain('Pages go to nobody, and no longer to anna@example.com')
    })

    test('to nobody while no address was ever given, and says how to give one', async () => {
      const it = world()
      expect(paged(await deploy(it, { yes: true }))).toEqual({ alarmEmail: null, resources: 2 })
      expect(it.notes.join('')).toContain('Pages go to nobody: give an address with --alarm-email')
    })

    test('where nobody knows in a dry run without an account, unless an address is given', async () => {
      const asked = async () => Promise.reject(new Error('there is no account to ask'))
      const it = world({ account: noCredentials, alarmEmail: asked })
      expect((await deploy(it, { dryRun: true })).human).not.toContain('Pages go')
      const { human } = await deploy(it, { dryRun: true, alarmEmail: 'bo@example.com' })
      expect(human).toContain('Pages go to bo@example.com.')
    })
  })

  test.each(['diff', 'deploy'])('tells in the words of the CDK why cdk %s failed', async (verb) => {
    const it = world({
      cdk: async (args) => ({
        code: args[0] === verb ? 1 : 0,
        lines: ['reading', 'neverstop-dev-keys failed: LimitExceeded'],
      }),
    })
    await expect(deploy(it, { yes: true })).rejects.toMatchObject({
      message: `cdk ${verb} failed`,
      remedy: 'it said:\nneverstop-dev-keys failed: LimitExceeded',
    })
  })
})

describe('what holds data', () => {
  const options = { stage: 'dev', region: 'eu-central-1', ordersPerDay: 1, dryRun: false, yes: true }

  test('may be changed, and neither replaced nor deleted', () => {
    const [may, mayNot] = JSON.parse(guarding).Statement
    expect(may).toEqual({ Effect: 'Allow', Action: 'Update:*', Principal: '*', Resource: '*' })
    expect(mayNot).toEqual({
      Effect: 'Deny',
      Action: ['Update:Replace', 'Update:Delete'],
      Principal: '*',
      Resource: '*',
      Condition: { StringEquals: { ResourceType: [...holding] } },
    })
    expect(holding).toContain('AWS::DynamoDB::Table')
    // As much as CloudFormation takes in a request.
    expect(guarding.length).toBeLessThan(16_384)
  })

  test('is guarded from the first deployment on, before which there is no stack', async () => {
    const there: string[] = []
    const it = world({
      stacks: async () => there,
      cdk: async (args) => {
        if (args[0] === 'deploy') there.push('neverstop-dev-keys')
        return { code: 0, lines: [] }
      },
    })
    await deployToAccount(options, it.ports, it.out)
    expect(it.calls).toEqual(['guard neverstop-dev-keys'])
  })

  test('is let go for one deployment when somebody says so', async () => {
    const it = world()
    await deployToAccount({ ...options, replaceData: true }, it.ports, it.out)
    expect(it.calls.map((call) => call.split(' ')[0])).toEqual(['diff', 'open', 'deploy', 'guard'])
  })

  test.each([true, false])('is guarded again after a deployment that failed (replaceData: %s)', async (replaceData) => {
    const calls: string[] = []
    const it = world({
      cdk: async ([verb]) => ({ code: verb === 'deploy' ? 1 : 0, lines: [] }),
      guard: async (_, policy) => void calls.push(policies[policy]!),
    })
    await expect(deployToAccount({ ...options, replaceData }, it.ports, it.out)).rejects.toThrow('cdk deploy failed')
    expect(calls).toEqual([replaceData ? 'open' : 'guard', 'guard'])
  })

  test.each([
    {
      code: 0,
      says: /^the stacks are deployed, but what they hold is not guarded: AccessDenied$/,
      also: /^deploy again/,
    },
    {
      code: 1,
      says: /^cdk deploy failed, and what they hold is not guarded: AccessDenied$/,
      also: /^it said:\nLimitExceeded\ndeploy again/,
    },
  ])('is said to be open where the policies cannot be put on, besides what came of it ($code)', async (told) => {
    const there: string[] = []
    const it = world({
      stacks: async () => there,
      cdk: async () => {
        there.push('neverstop-dev-keys')
        return { code: told.code, lines: ['LimitExceeded'] }
      },
      guard: async () => Promise.reject(new Error('AccessDenied')),
    })
    await expect(deployToAccount(options, it.ports, it.out)).rejects.toMatchObject({
      message: expect.stringMatching(told.says),
      remedy: expect.stringMatching(told.also),
    })
  })

  test('is named with the way out when CloudFormation denies a change of it', async () => {
    const denied =
      'neverstop-dev-payments | UPDATE_FAILED | Action denied by stack policy: Statement [#1] does not allow [Update:Replace] for resource [Table]'
    const it = world({ cdk: async ([verb]) => ({ code: verb === 'deploy' ? 1 : 0, lines: [denied] }) })
    await expect(deployToAccount(options, it.ports, it.out)).rejects.toMatchObject({
      remedy: expect.stringMatching(/Update:Replace[\s\S]*--replace-data$/),
    })
  })

  test('of another stage that is called alike is none of its business', async () => {
    const it = world({ stacks: async () => ['neverstop-dev-anna-keys', 'neverstop-dev-keys'] })
    await deployToAccount(options, it.ports, it.out)
    expect(it.calls.join()).not.toContain('anna')
  })
})

describe('sagas that still run', () => {
  const options = { stage: 'dev', region: 'eu-central-1', ordersPerDay: 1, dryRun: false, yes: true }
  const startedAt = '2026-11-01T12:00:00.000Z'
  const instance = (definition: string, version: number) =>
    ({ definition, version, state: 'forward', startedAt }) as const
  const [{ name, version }] = definitions as unknown as [{ name: string; version: number }]
  const running = (...its: ReturnType<typeof instance>[]) => ({ unfinished: async () => its })

  test('keep a deployment back that lacks their definition, with how many there are', async () => {
    const it = world(running(instance(name, 99), instance(name, 99), instance(name, version)))
    await expect(deployToAccount(options, it.ports, it.out)).rejects.toMatchObject({
      exitCode: exitCodes.refused,
      message: `sagas still run on definitions that this code has not: 2 of ${name} version 99, the oldest since ${startedAt}`,
      remedy: expect.stringContaining('--orphan-sagas'),
    })
    expect(it.calls).toEqual([comparing])
  })

  test('are no reason while every one of them has its definition', async () => {
    const it = world(running(...definitions.map((one) => instance(one.name, one.version))))
    expect((await deployToAccount(options, it.ports, it.out)).deployed).toBe(true)
  })

  test('of a saga that is gone altogether count as well', async () => {
    const it = world(running(instance('ship-gifts', 1)))
    await expect(deployToAccount(options, it.ports, it.out)).rejects.toThrow('1 of ship-gifts version 1')
  })

  test('are told in a dry run, with what to do', async () => {
    const it = world(running(instance(name, 99)))
    const { human } = await deployToAccount({ ...options, dryRun: true }, it.ports, it.out)
    expect(human).toContain(`1 of ${name} version 99`)
    expect(human).toContain('saga versions')
  })

  test('are left behind when somebody means it, and it is said', async () => {
    const it = world(running(instance(name, 99)))
    expect((await deployToAccount({ ...options, orphanSagas: true }, it.ports, it.out)).deployed).toBe(true)
    expect(it.notes.join('')).toContain(`1 of ${name} version 99`)
  })
})

describe('the destruction of a stage', () => {
  const options: DestroyOptions = { stage: 'dev', region: 'eu-central-1', dryRun: false, yes: false }
  const destroy = ({ ports, out }: ReturnType<typeof world>, over: Partial<DestroyOptions> = {}) =>
    destroyInAccount({ ...options, ...over }, ports, out)

  test('asks no policy: that of a stack is about its updates, not about its end', async () => {
    const it = world({ guard: async () => Promise.reject(new Error('nobody asked for a policy')) })
    expect((await destroy(it, { yes: true })).document).toMatchObject({ destroyed: true })
  })

  test('spares a stage that is called alike', async () => {
    const it = world({
      stacks: async () => ['neverstop-dev-anna-keys', 'neverstop-dev-keys'],
    })
    expect((await destroy(it, { yes: true })).document).toMatchObject({ stacks: ['neverstop-dev-keys'] })
  })

  test('says what goes and what stays, and goes on when somebody types yes', async () => {
    const it = world({ ask: async () => 'yes' })
    const { document, human } = await destroy(it)
    expect(it.calls).toEqual(['destroy --app /assembly --all --force'])
    expect(it.notes.join('')).toContain('neverstop-dev-keys: AWS::KMS::Key Key')
    expect(human).toContain('AWS::KMS::Key Key')
    expect(document).toMatchObject({ destroyed: true, kept: ['neverstop-dev-keys: AWS::KMS::Key Key'] })
  })

  test('stops in a dry run', async () => {
    const it = world()
    expect((await destroy(it, { dryRun: true })).document).toMatchObject({ destroyed: false })
    expect(it.calls).toEqual([])
  })

  test('has nothing to do where there is nothing', async () => {
    const it = world({ stacks: async () => [] })
    expect((await destroy(it, { yes: true })).human).toContain('there is no stage')
    expect(it.calls).toEqual([])
  })

  test.each(['prod', 'prod-eu'])('of %s wants its name typed: --yes is not enough', async (stage) => {
    const it = world()
    await expect(destroy(it, { stage, yes: true })).rejects.toMatchObject({
      exitCode: exitCodes.usage,
      remedy: expect.stringContaining(`--confirm ${stage}`),
    })
    await expect(destroy(world({ ask: async () => 'yes' }), { stage })).rejects.toThrow('nothing was changed')
    expect(it.calls).toEqual([])
  })

  test.each([
    ['typed', { ask: async () => 'prod' }, {}],
    ['given before', {}, { confirmed: 'prod' }],
  ])('of prod lifts the protection of its stacks first, its name %s', async (_, ports, over) => {
    const it = world(ports)
    await destroy(it, { stage: 'prod', ...over })
    expect(it.calls).toEqual(['unprotect neverstop-dev-keys', 'destroy --app /assembly --all --force'])
  })

  test('changes nothing without an account', async () => {
    const it = world({ account: noCredentials })
    await expect(destroy(it, { yes: true })).rejects.toThrow('there are no credentials')
    expect(it.calls).toEqual([])
  })
})
