import { createServer, type Server } from 'node:net'
import { afterEach, describe, expect, test } from 'vitest'
import { findOwner, listeningInodes, portTaken, requireFreePort } from '../../../local/port.ts'

let server: Server | undefined

const listen = (host: string): Promise<number> =>
  new Promise((resolve, reject) => {
    server = createServer()
    server.once('error', reject)
    server.listen(0, host, () => resolve((server!.address() as { port: number }).port))
  })

const close = () => new Promise<void>((resolve) => (server ? server.close(() => resolve()) : resolve()))

afterEach(async () => {
  await close()
  server = undefined
})

describe('a port that is taken', () => {
  test('is refused with the process that holds it and another port to choose', async () => {
    const port = await listen('127.0.0.1')

    await expect(requireFreePort(port)).rejects.toMatchObject({
      message: expect.stringMatching(new RegExp(`^port ${port} is taken by .+ \\(pid ${process.pid}\\)$`)),
      remedy: expect.stringContaining(`--port ${port + 1}`),
      exitCode: 3,
    })
  })

  test('is refused when it is held on every address', async () => {
    await expect(requireFreePort(await listen('0.0.0.0'))).rejects.toThrow('is taken')
  })

  test('is free again when its holder has closed it', async () => {
    const port = await listen('127.0.0.1')
    await close()

    await expect(requireFreePort(port)).resolves.toBeUndefined()
  })

  test('has no owner when nobody listens', async () => {
    const port = await listen('127.0.0.1')
    await close()

    expect(await findOwner(port)).toBeUndefined()
  })
})

describe('the message for a taken port', () => {
  test('says so when the process cannot be seen', () => {
    expect(portTaken(4566, undefined).message).toBe('port 4566 is taken by another process')
  })

  test('never proposes a port that does not exist', () => {
    expect(portTaken(65535, undefined).remedy).toContain('--port 65534')
  })
})

describe('the table of sockets', () => {
  const table = [
    '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode',
    '   0: 0100007F:11D6 00000000:0000 0A 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 100 0 0 10 0',
    '   1: 0100007F:11D6 0100007F:C350 01 00000000:00000000 00:00000000 00000000  1000        0 4243 1 0 20 4 30 10 -1',
    '   2: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4244 1 0 100 0 0 10 0',
    '   3: 0100007F:C350 0100007F:11D6 01 00000000:00000000 00:00000000 00000000  1000        0 4245 1 0 20 4 30 10 -1',
    '',
  ].join('\n')

  test('gives those that listen on a port, not those that are connected to it', () => {
    expect(listeningInodes(table, 4566)).toEqual(['4242'])
  })

  test('pads small ports', () => {
    expect(listeningInodes(table, 80)).toEqual(['4244'])
  })

  test('gives none for a port that nobody listens on', () => {
    expect(listeningInodes(table, 50000)).toEqual([])
  })
})
