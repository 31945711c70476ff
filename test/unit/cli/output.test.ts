import { CommanderError } from 'commander'
import { describe, expect, test } from 'vitest'
import { createOutput, describeProblem, printFailure } from '../../../cli/output.ts'
import { Failure } from '../../../local/failure.ts'

const record = () => {
  const said = { stdout: '', stderr: '' }
  const streams = {
    stdout: (text: string) => {
      said.stdout += text
    },
    stderr: (text: string) => {
      said.stderr += text
    },
  }
  return { said, streams }
}

describe('the answer of a command', () => {
  test('is one JSON document for machines', () => {
    const { said, streams } = record()

    createOutput({ json: true, streams }).result({ ok: true }, () => 'all is well')

    expect(JSON.parse(said.stdout)).toEqual({ ok: true })
    expect(said.stderr).toBe('')
  })

  test('is text with one newline at its end for people', () => {
    const { said, streams } = record()

    createOutput({ json: false, streams }).result({ ok: true }, () => 'all is well')

    expect(said.stdout).toBe('all is well\n')
  })

  test('may be nothing at all for people', () => {
    const { said, streams } = record()

    createOutput({ json: false, streams }).result([], () => '')

    expect(said.stdout).toBe('')
  })

  test('is not disturbed by notes on the way', () => {
    const { said, streams } = record()
    const out = createOutput({ json: true, streams })

    out.note('deploying')
    out.result({ ok: true }, () => '')

    expect(said.stderr).toBe('deploying\n')
    expect(JSON.parse(said.stdout)).toEqual({ ok: true })
  })
})

describe('a failure', () => {
  const failure = new Failure('port 4566 is taken', { remedy: 'choose another', details: { port: 4566 } })

  test('is told to people with its remedy, on stderr', () => {
    const { said, streams } = record()

    expect(printFailure(failure, false, streams)).toBe(3)
    expect(said).toEqual({ stdout: '', stderr: 'error: port 4566 is taken\n       choose another\n' })
  })

  test('is told to machines as a document, on stdout', () => {
    const { said, streams } = record()

    expect(printFailure(failure, true, streams)).toBe(3)
    expect(JSON.parse(said.stdout)).toEqual({
      error: { message: 'port 4566 is taken', remedy: 'choose another', exitCode: 3, details: { port: 4566 } },
    })
  })

  test('that nobody foresaw is a defect and keeps its stack', () => {
    const { said, streams } = record()

    expect(printFailure(new TypeError('x is undefined'), false, streams)).toBe(70)
    expect(said.stderr).toMatch(/^defect: TypeError: x is undefined\n\s+at /)
  })

  test('of any kind that can be thrown is printed', () => {
    const { said, streams } = record()

    expect(printFailure('text', true, streams)).toBe(70)
    expect(JSON.parse(said.stdout)).toEqual({ error: { message: 'text', exitCode: 70 } })
  })
})

describe('words that were not understood', () => {
  test('are a document for machines; people were told already', () => {
    const error = new CommanderError(1, 'commander.unknownCommand', "error: unknown command 'upp'")
    const [forMachines, forPeople] = [record(), record()]

    expect(printFailure(error, true, forMachines.streams)).toBe(2)
    expect(printFailure(error, false, forPeople.streams)).toBe(2)
    expect(JSON.parse(forMachines.said.stdout)).toEqual({ error: { message: "unknown command 'upp'", exitCode: 2 } })
    expect(forPeople.said).toEqual({ stdout: '', stderr: '' })
  })

  test('do not include a question for help', () => {
    expect(printFailure(new CommanderError(0, 'commander.helpDisplayed', '(outputHelp)'), true, record().streams)).toBe(
      0,
    )
  })
})

describe('a problem document', () => {
  test('is told with where each error lies', () => {
    const errors = [{ pointer: '/lines/0/quantity', detail: 'must be at least 1' }, { detail: 'and more' }]

    expect(describeProblem({ status: 422, title: 'Invalid order', detail: 'two errors', errors })).toBe(
      'Invalid order (422): two errors\n  /lines/0/quantity: must be at least 1\n  and more',
    )
  })
})
