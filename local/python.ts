import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, mkdir, readdir, readFile, rename, rm } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import type { Progress } from './adapter.ts'
import { Failure } from './failure.ts'
import { checkout } from './settings.ts'

const run = promisify(execFile)

/** A version of Python that a cloud runs on: from `least` on, or `exactly` one. */
export type PythonWish = { least: readonly [number, number] } | { exactly: readonly [number, number] }

/** What a virtual environment is made of. `name` is what a person is told is being installed. */
export type Installation = { name: string; requirements: string; python: PythonWish }

/** Asked for in this order: what the user calls Python first, then named versions, newest first. */
const commands = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']

/** An interpreter that answered. `venv` says whether it can make virtual environments with pip in them. */
export type Interpreter = { command: string; version: readonly [number, number]; venv: boolean }

/** The version of a cloud that this checkout wants: a hash of its pinned requirements. */
export const requirementsHash = async ({ requirements }: Pick<Installation, 'requirements'>): Promise<string> =>
  createHash('sha256')
    .update(await readFile(requirements))
    .digest('hex')
    .slice(0, 12)

/**
 * The Python of the virtual environment that holds a cloud; makes the environment when it is not there.
 *
 * It lies in the checkout, named by the hash of the requirements, and is shared by all state folders. It is built aside
 * and renamed into place, so that of two processes that build at once either may win, and a build that was cut off
 * leaves nothing that looks finished.
 *
 * @throws Failure when no Python will do, naming the package to install, or when the installation fails.
 */
export const ensurePython = async (installation: Installation, progress: Progress): Promise<string> => {
  const home = await homeOf(installation)
  const python = join(home, 'bin', 'python')
  if (await executable(python)) return python
  const partial = `${home}.${process.pid}.partial`
  await mkdir(dirname(home), { recursive: true })
  try {
    const uv = await onPath('uv')
    await (uv ? buildWithUv : buildWithPip)(partial, installation, progress)
    await moveIntoPlace(partial, home, python)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return python
}

/** Why an installation cannot be had on this machine, or undefined when it is there or can be made. Makes nothing. */
export const whyNotPython = async (installation: Installation): Promise<Failure | undefined> => {
  if ((await executable(join(await homeOf(installation), 'bin', 'python'))) || (await onPath('uv'))) return undefined
  try {
    choosePython(await findInterpreters(), installation.python)
    return undefined
  } catch (error) {
    if (error instanceof Failure) return error
    throw error
  }
}

/**
 * The interpreter to build with.
 *
 * @throws Failure that says exactly what to install when none will do.
 */
export const choosePython = (found: readonly Interpreter[], wish: PythonWish): Interpreter => {
  const fitting = found.filter(({ version }) => fits(version, wish))
  const usable = fitting.find(({ venv }) => venv)
  if (usable) return usable
  const [unable] = fitting
  if (unable) {
    const version = unable.version.join('.')
    throw new Failure(
      `Python ${version} (${unable.command}) has no ensurepip, so it cannot make a virtual environment`,
      {
        remedy: `install the package python${version}-venv (Debian, Ubuntu: apt install python${version}-venv) or uv`,
      },
    )
  }
  const [other] = found
  const [wanted, packages] =
    'exactly' in wish
      ? [wish.exactly.join('.'), `python${wish.exactly.join('.')} python${wish.exactly.join('.')}-venv`]
      : [`${wish.least.join('.')} or later`, 'python3 python3-venv']
  throw new Failure(
    other ? `Python ${wanted} is needed; ${other.command} is ${other.version.join('.')}` : 'no Python was found',
    { remedy: `install Python ${wanted} with venv (Debian, Ubuntu: apt install ${packages}) or uv, which fetches it` },
  )
}

const homeOf = async (installation: Installation): Promise<string> =>
  join(checkout, '.neverstop', `venv-${await requirementsHash(installation)}`)

const fits = ([major, minor]: Interpreter['version'], wish: PythonWish): boolean => {
  if ('exactly' in wish) return major === wish.exactly[0] && minor === wish.exactly[1]
  return major > wish.least[0] || (major === wish.least[0] && minor >= wish.least[1])
}

const buildWithUv = async (folder: string, { name, requirements, python }: Installation, progress: Progress) => {
  progress(`making a virtual environment for ${name} (uv)`)
  const version = 'exactly' in python ? python.exactly.join('.') : `>=${python.least.join('.')}`
  await attempt(name, 'uv', ['venv', '--quiet', '--python', version, folder])
  progress(`installing ${name}, pinned with hashes (uv)`)
  const target = join(folder, 'bin', 'python')
  await attempt(name, 'uv', ['pip', 'install', '--quiet', '--python', target, '--require-hashes', '-r', requirements])
}

const buildWithPip = async (folder: string, { name, requirements, python }: Installation, progress: Progress) => {
  const { command, version } = choosePython(await findInterpreters(), python)
  progress(`making a virtual environment for ${name} (${command}, ${version.join('.')})`)
  await attempt(name, command, ['-m', 'venv', folder])
  progress(`installing ${name}, pinned with hashes (pip)`)
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--require-hashes']
  await attempt(name, join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...options, '-r', requirements])
}

const findInterpreters = async (): Promise<Interpreter[]> =>
  (await Promise.all([...commands, ...(await managedByPyenv())].map(inspect))).filter(
    (interpreter) => interpreter !== undefined,
  )

/** Versions that pyenv holds and its shims hide, because the folder's or the user's choice is another one. */
const managedByPyenv = async (): Promise<string[]> => {
  const versions = join(process.env.PYENV_ROOT ?? join(homedir(), '.pyenv'), 'versions')
  const names = await readdir(versions).catch(() => [])
  return names
    .filter((name) => /^3\.\d+\.\d+$/.test(name))
    .sort()
    .reverse()
    .map((name) => join(versions, name, 'bin', 'python3'))
}

const inspect = async (command: string): Promise<Interpreter | undefined> => {
  const question =
    'import sys, importlib.util as u; print(*sys.version_info[:2], all(u.find_spec(m) for m in ("venv", "ensurepip")))'
  const answer = await run(command, ['-c', question], { timeout: 10_000 }).catch(() => undefined)
  const [major, minor, venv] = answer?.stdout.trim().split(' ') ?? []
  return major && minor ? { command, version: [Number(major), Number(minor)], venv: venv === 'True' } : undefined
}

const attempt = async (name: string, command: string, args: string[]) => {
  try {
    await run(command, args, { maxBuffer: 16 * 1024 * 1024 })
  } catch (error) {
    const { stderr = '', stdout = '', message } = error as Error & { stderr?: string; stdout?: string }
    const told = (stderr.trim() || stdout.trim() || message).split('\n').slice(-8).join('\n')
    throw new Failure(`${name} could not be installed: '${command} ${args.slice(0, 3).join(' ')} …' failed`, {
      remedy: `it said:\n${told}`,
      cause: error,
    })
  }
}

const moveIntoPlace = async (partial: string, home: string, python: string) => {
  try {
    await rename(partial, home)
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code !== 'ENOTEMPTY' && code !== 'EEXIST') throw error
    // Another process was first, and made the same; or the Python that an older environment came from is gone.
    if (await executable(python)) return
    await rm(home, { recursive: true, force: true })
    await rename(partial, home)
  }
}

const onPath = async (program: string): Promise<boolean> => {
  for (const folder of (process.env.PATH ?? '').split(delimiter))
    if (await executable(join(folder, program))) return true
  return false
}

const executable = (path: string): Promise<boolean> =>
  access(path, constants.X_OK).then(
    () => true,
    () => false,
  )
