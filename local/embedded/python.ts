import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, constants, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import type { Progress } from '../backend.ts'
import { Failure } from '../failure.ts'
import { checkout } from '../settings.ts'

const run = promisify(execFile)

const requirementsFile = join(dirname(fileURLToPath(import.meta.url)), 'requirements.txt')

/** The least Python that ministack runs on. */
const least = [3, 10] as const

/** Asked for in this order: what the user calls Python first, then named versions, newest first. */
const candidates = ['python3', 'python3.14', 'python3.13', 'python3.12', 'python3.11', 'python3.10', 'python']

/** An interpreter that answered. `venv` says whether it can make virtual environments with pip in them. */
export type Interpreter = { command: string; version: readonly [number, number]; venv: boolean }

/** The version of the emulator that this checkout wants: a hash of its pinned requirements. */
export const requirementsHash = async (): Promise<string> =>
  createHash('sha256')
    .update(await readFile(requirementsFile))
    .digest('hex')
    .slice(0, 12)

/**
 * The Python of the virtual environment that holds the emulator; makes the environment when it is not there.
 *
 * It lies in the checkout, named by the hash of the requirements, and is shared by all state folders. It is built aside
 * and renamed into place, so that of two processes that build at once either may win, and a build that was cut off
 * leaves nothing that looks finished.
 *
 * @throws Failure when no Python will do, naming the package to install, or when the installation fails.
 */
export const ensurePython = async (progress: Progress): Promise<string> => {
  const home = join(checkout, '.neverstop', `venv-${await requirementsHash()}`)
  const python = join(home, 'bin', 'python')
  if (await executable(python)) return python
  const partial = `${home}.${process.pid}.partial`
  await mkdir(dirname(home), { recursive: true })
  try {
    const uv = await onPath('uv')
    await (uv ? buildWithUv(partial, progress) : buildWithPip(partial, progress))
    await moveIntoPlace(partial, home, python)
  } finally {
    await rm(partial, { recursive: true, force: true })
  }
  return python
}

/**
 * The interpreter to build with.
 *
 * @throws Failure that says exactly what to install when none will do.
 */
export const choosePython = (found: readonly Interpreter[]): Interpreter => {
  const recent = found.filter(
    ({ version: [major, minor] }) => major > least[0] || (major === least[0] && minor >= least[1]),
  )
  const usable = recent.find(({ venv }) => venv)
  if (usable) return usable
  const [unable] = recent
  if (unable) {
    const version = unable.version.join('.')
    throw new Failure(
      `Python ${version} (${unable.command}) has no ensurepip, so it cannot make a virtual environment`,
      {
        remedy: `install the package python${version}-venv (Debian, Ubuntu: apt install python${version}-venv) or uv`,
      },
    )
  }
  const [old] = found
  throw new Failure(
    old
      ? `Python ${least.join('.')} or later is needed; ${old.command} is ${old.version.join('.')}`
      : 'no Python was found',
    { remedy: 'install Python 3.10 or later with venv (Debian, Ubuntu: apt install python3 python3-venv) or uv' },
  )
}

const buildWithUv = async (folder: string, progress: Progress) => {
  progress('making a virtual environment for the embedded cloud (uv)')
  await attempt('uv', ['venv', '--quiet', '--python', `>=${least.join('.')}`, folder])
  progress('installing the embedded cloud, pinned with hashes (uv)')
  const python = join(folder, 'bin', 'python')
  await attempt('uv', ['pip', 'install', '--quiet', '--python', python, '--require-hashes', '-r', requirementsFile])
}

const buildWithPip = async (folder: string, progress: Progress) => {
  const { command, version } = choosePython(await findInterpreters())
  progress(`making a virtual environment for the embedded cloud (${command}, ${version.join('.')})`)
  await attempt(command, ['-m', 'venv', folder])
  progress('installing the embedded cloud, pinned with hashes (pip)')
  const options = ['--quiet', '--disable-pip-version-check', '--no-input', '--no-deps', '--require-hashes']
  await attempt(join(folder, 'bin', 'python'), ['-m', 'pip', 'install', ...options, '-r', requirementsFile])
}

const findInterpreters = async (): Promise<Interpreter[]> =>
  (await Promise.all(candidates.map(inspect))).filter((interpreter) => interpreter !== undefined)

const inspect = async (command: string): Promise<Interpreter | undefined> => {
  const question =
    'import sys, importlib.util as u; print(*sys.version_info[:2], all(u.find_spec(m) for m in ("venv", "ensurepip")))'
  const answer = await run(command, ['-c', question], { timeout: 10_000 }).catch(() => undefined)
  const [major, minor, venv] = answer?.stdout.trim().split(' ') ?? []
  return major && minor ? { command, version: [Number(major), Number(minor)], venv: venv === 'True' } : undefined
}

const attempt = async (command: string, args: string[]) => {
  try {
    await run(command, args, { maxBuffer: 16 * 1024 * 1024 })
  } catch (error) {
    const { stderr = '', stdout = '', message } = error as Error & { stderr?: string; stdout?: string }
    const told = (stderr.trim() || stdout.trim() || message).split('\n').slice(-8).join('\n')
    throw new Failure(
      `the embedded cloud could not be installed: '${command} ${args.slice(0, 3).join(' ')} …' failed`,
      {
        remedy: `it said:\n${told}`,
        cause: error,
      },
    )
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
