import { stageKindOf } from '../../infra/stages.ts'
import type { Output } from '../output.ts'
import { confirm } from './confirm.ts'
import { type AccountPorts, failed } from './deploy.ts'
import { keptBy } from './describe.ts'

export type DestroyOptions = {
  readonly stage: string
  readonly region: string
  readonly dryRun: boolean
  readonly yes: boolean
  /** The stage's name, typed by somebody who means it. */
  readonly confirmed?: string
}

export type DestroyPorts = Pick<AccountPorts, 'account' | 'assemble' | 'cdk' | 'ask' | 'stacks'> & {
  /** Lets a stack be deleted that refuses it. */
  readonly unprotect: (stack: string) => Promise<void>
}

/**
 * Takes a stage out of an account and says what stays. A stage that protects what it has goes only when its name is
 * typed; `--yes` is not enough for that.
 *
 * @throws Failure without credentials, when nobody agrees, or with the CDK's own words when it fails.
 */
export const destroyInAccount = async (
  { stage, region, dryRun, yes, confirmed }: DestroyOptions,
  { account, assemble, cdk, ask, stacks, unprotect }: DestroyPorts,
  out: Output,
): Promise<{ readonly document: object; readonly human: string }> => {
  const { id } = await account()
  const where = `stage '${stage}' in account ${id}, ${region}`
  const { templates, folder } = await assemble()
  // Another stage may be called alike: those of 'prod-eu' begin as those of 'prod' do.
  const there = (await stacks()).filter((stack) => Object.hasOwn(templates, stack))
  const kept = keptBy(Object.fromEntries(Object.entries(templates).filter(([stack]) => there.includes(stack))))
  const document = { stage, region, account: id, stacks: there, kept }
  if (there.length === 0) return { document: { ...document, destroyed: false }, human: `there is no ${where}` }
  const what = [
    `This destroys ${where}: ${there.join(', ')}.`,
    kept.length > 0 ? `These stay, with what is in them:\n  ${kept.join('\n  ')}` : 'Nothing of it stays.',
  ].join('\n')
  if (dryRun) return { document: { ...document, destroyed: false }, human: what }
  out.note(what)
  const guarded = stageKindOf(stage) === 'prod'
  await confirm(ask, {
    what: `This destroys ${where}.`,
    word: guarded ? stage : 'yes',
    already: guarded ? confirmed : yes ? 'yes' : undefined,
  })
  if (guarded) for (const stack of there) await unprotect(stack)
  const { code, lines } = await cdk(['destroy', '--app', folder, '--all', '--force'], out.note)
  if (code !== 0) throw failed('destroy', lines)
  return {
    document: { ...document, destroyed: true },
    human: [`${where} is gone`, ...(kept.length > 0 ? ['what stayed:', ...kept.map((line) => `  ${line}`)] : [])].join(
      '\n',
    ),
  }
}
