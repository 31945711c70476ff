import { execFile } from 'node:child_process'
import { readdir, readFile, readlink } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { promisify } from 'node:util'
import { Failure } from './failure.ts'

const run = promisify(execFile)

/** The process that listens on a port, as far as it can be seen. */
export type PortOwner = { pid: number; command: string }

/**
 * Makes sure that a port of this machine is free.
 *
 * Asked are both loopback addresses: whoever held the port on ::1 would be met by clients that try `localhost` there
 * first. A connection is tried before a bind, because some systems let a second socket bind a narrower address.
 *
 * @throws Failure that names the process where it can, and how to choose another port.
 */
export const requireFreePort = async (port: number): Promise<void> => {
  for (const host of ['127.0.0.1', '::1']) {
    if ((await answers(host, port)) || !(await bindable(host, port))) throw portTaken(port, await findOwner(port))
  }
}

/** The refusal for a taken port. */
export const portTaken = (port: number, owner: PortOwner | undefined): Failure =>
  new Failure(`port ${port} is taken${owner ? ` by ${owner.command} (pid ${owner.pid})` : ' by another process'}`, {
    remedy: `end that process, or choose another port: --port ${port < 65535 ? port + 1 : port - 1}, or NEVERSTOP_PORT`,
    details: { port, owner },
  })

const answers = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect({ host, port, timeout: 1000 })
    const settle = (answer: boolean) => {
      socket.destroy()
      resolve(answer)
    }
    socket.once('connect', () => settle(true))
    socket.once('timeout', () => settle(false))
    socket.once('error', () => settle(false))
  })

const bindable = (host: string, port: number): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error: NodeJS.ErrnoException) => {
      if (error.code === 'EADDRINUSE') resolve(false)
      else if (error.code === 'EADDRNOTAVAIL' || error.code === 'EAFNOSUPPORT') resolve(true)
      else if (error.code === 'EACCES') {
        reject(new Failure(`this user may not listen on port ${port}`, { remedy: 'choose one above 1023 with --port' }))
      } else reject(error)
    })
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })

/** Who listens on a port: from /proc on Linux, else from lsof. Undefined when neither tells. */
export const findOwner = async (port: number): Promise<PortOwner | undefined> =>
  (process.platform === 'linux' ? await ownerFromProc(port) : undefined) ?? (await ownerFromLsof(port))

/** The inodes of the sockets that listen on a port, from the text of /proc/net/tcp or tcp6. */
export const listeningInodes = (table: string, port: number): string[] => {
  const hexPort = port.toString(16).toUpperCase().padStart(4, '0')
  return table
    .split('\n')
    .slice(1)
    .map((line) => line.trim().split(/\s+/))
    .filter((fields) => fields[1]?.endsWith(`:${hexPort}`) && fields[3] === '0A')
    .map((fields) => fields[9]!)
}

const ownerFromProc = async (port: number): Promise<PortOwner | undefined> => {
  const tables = await Promise.all(['tcp', 'tcp6'].map((name) => readFile(`/proc/net/${name}`, 'utf8').catch(() => '')))
  const sockets = new Set(tables.flatMap((table) => listeningInodes(table, port)).map((inode) => `socket:[${inode}]`))
  if (sockets.size === 0) return undefined
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => '')
      if (sockets.has(target)) return { pid: Number(pid), command: await commandOf(pid) }
    }
  }
  return undefined
}

const commandOf = async (pid: string): Promise<string> => {
  const line = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')
  return shorten(line.split('\0').filter(Boolean).join(' ')) || 'a process'
}

const ownerFromLsof = async (port: number): Promise<PortOwner | undefined> => {
  const text = await run('lsof', ['-nP', `-iTCP:${port}`, '-sTCP:LISTEN', '-Fpc']).then(
    ({ stdout }) => stdout,
    () => '',
  )
  const pid = /^p(\d+)$/m.exec(text)?.[1]
  return pid ? { pid: Number(pid), command: /^c(.+)$/m.exec(text)?.[1] ?? 'a process' } : undefined
}

const shorten = (text: string) => (text.length > 80 ? `${text.slice(0, 79)}…` : text)
