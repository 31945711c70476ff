import { describe, expect, test } from 'vitest'
import { chooseWay, type Prospect } from '../../../local/localstack/ways.ts'

const nothing: Prospect = { answers: false, engine: false, token: false }

describe('the way that LocalStack comes to run', () => {
  test.each<[string, Partial<Prospect>, string, string]>([
    ['what was started here', { ours: 'host', answers: true, engine: true, token: true }, 'host', 'before'],
    ['the container that was started here', { ours: 'container' }, 'container', 'before'],
    ['one that runs', { answers: true, engine: true, token: true }, 'running', 'answers'],
    ['the container', { engine: true, token: true }, 'container', 'engine and a token'],
    ['this machine without a token', { engine: true }, 'host', 'no token'],
    ['this machine without an engine', { token: true }, 'host', 'no container engine'],
    ['this machine', {}, 'host', 'no LocalStack answers'],
  ])('is %s', (_, seen, way, because) => {
    expect(chooseWay({ ...nothing, ...seen })).toEqual({ way, because: expect.stringContaining(because) })
  })

  test.each<[Partial<Prospect>, string]>([
    [{ wanted: 'host', answers: true }, 'host'],
    [{ wanted: 'host', engine: true, token: true }, 'host'],
    [{ wanted: 'container', answers: true, engine: true, token: true }, 'container'],
    [{ wanted: 'running', answers: true, engine: true, token: true }, 'running'],
    [{ wanted: 'host', ours: 'host' }, 'host'],
  ])('is the one that is insisted on: %o', (seen, way) => {
    expect(chooseWay({ ...nothing, ...seen })).toMatchObject({ way })
  })

  test.each<[Partial<Prospect>, string]>([
    [{ wanted: 'running' }, 'no LocalStack answers on the port'],
    [{ wanted: 'container', token: true }, 'no container engine answers'],
    [{ wanted: 'container', engine: true }, 'the official image asks for a token'],
  ])('is refused with the reason when it cannot be: %o', (seen, why) => {
    expect(chooseWay({ ...nothing, ...seen })).toEqual({
      refused: expect.stringContaining(why),
      remedy: expect.stringContaining('leave NEVERSTOP_LOCALSTACK out'),
    })
  })
})
