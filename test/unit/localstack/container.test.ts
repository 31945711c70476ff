import { describe, expect, test } from 'vitest'
import { containerArguments, containerName, image } from '../../../local/localstack/container.ts'

const words = containerArguments({ state: '/tmp/there', port: 4701, region: 'eu-west-1' })

describe('the container', () => {
  test('is of an exact version', () => {
    expect(image).toMatch(/^localstack\/localstack:\d+\.\d+\.\d+$/)
    expect(words.at(-1)).toBe(image)
  })

  test('is reached from this machine only, under the port that was asked for', () => {
    expect(words[words.indexOf('--publish') + 1]).toBe('127.0.0.1:4701:4701')
    expect(words).toContain('GATEWAY_LISTEN=0.0.0.0:4701')
  })

  test('is given the token by name, so that no list of processes shows it', () => {
    expect(words).toContain('LOCALSTACK_AUTH_TOKEN')
    expect(words.join(' ')).not.toMatch(/LOCALSTACK_AUTH_TOKEN=/)
  })

  test('is told apart by the state folder, and found again', () => {
    expect(containerName('/tmp/there')).toBe(containerName('/tmp/there'))
    expect(containerName('/tmp/there')).not.toBe(containerName('/tmp/elsewhere'))
    expect(words[words.indexOf('--name') + 1]).toBe(containerName('/tmp/there'))
  })
})
