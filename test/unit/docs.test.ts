import { existsSync, globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { Command } from 'commander'
import { describe, expect, test } from 'vitest'
import { bugs } from '../simulation/bugs.ts'
import { deskBugs } from '../simulation/desk-bugs.ts'
import { type Page, parsePage, quotes, snippetsIn } from '../support/pages.ts'

const read = (path: string) => readFileSync(path, 'utf8')
const notOurs = ['node_modules', '.git', '.neverstop', 'cdk.out', 'dist']
const documents = globSync('**/*.md', { exclude: (path) => notOurs.includes(basename(path)) }).sort()
const rooms = ['events', 'reactive', 'sagas', 'functions', 'infra', 'local', 'cli', 'labs', 'bench', 'test', 'docs']

/** The command line as `cli/program.ts` puts it together: every file in `cli/commands/` registers one command. */
const program = new Command()
for (const file of readdirSync('cli/commands')) {
  const registrations: Record<string, unknown> = await import(`../../cli/commands/${basename(file, '.ts')}.ts`)
  for (const [name, register] of Object.entries(registrations))
    if (name.startsWith('register')) (register as (program: Command) => Command)(program)
}

/** What is wrong with a call of the command line, in words; undefined when it could be made. */
const wrongCall = (call: string): string | undefined => {
  let command = program
  const words = call.split(/\s+/).filter((word) => word !== '')
  if (words.length === 0) return undefined
  for (const word of words) {
    if (word.startsWith('--')) {
      const known = ['--help', ...command.options.map(({ long }) => long)]
      if (!known.includes(word.split('=')[0]!)) return `${command.name()} has no option ${word}`
      continue
    }
    const below = command.commands.find((candidate) => candidate.name() === word)
    if (below) command = below
    else if (command.commands.length > 0 && !word.startsWith('<')) return `there is no command ${word}`
  }
  return undefined
}

/** Every call of the command line in a text: to the end of its code span, its line, or its comment. */
const callsIn = (text: string): string[] =>
  [...text.matchAll(/\.\/neverstop\b([^`\n|&]*)/g)].map(([, rest = '']) =>
    rest.split(/\s#|\s{2,}/)[0]!.replace(/"[^"]*"/g, 'text'),
  )

const linksIn = (text: string): string[] =>
  [...text.replace(/```[\s\S]*?```/g, '').matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target!)

/** The anchors that a page's headings make. */
const anchorsOf = (text: string): string[] =>
  [...text.matchAll(/^#+ (.+)$/gm)].map(([, heading]) =>
    heading!
      .toLowerCase()
      .replace(/[^\p{L}\p{N}\s_-]/gu, '')
      .replace(/\s/g, '-'),
  )

/** Paths from the checkout's root that stand in code spans. */
const pathsIn = (text: string): string[] =>
  [...text.replace(/```[\s\S]*?```/g, '').matchAll(/`([^`\s]+)`/g)]
    .map(([, span]) => span!)
    .filter((span) => rooms.includes(span.split('/')[0]!) && span.includes('/') && !/[<>{}*…:,()=?]/.test(span))

describe.each(documents)('%s', (document) => {
  const text = read(document)

  test('links to what exists', () => {
    const broken = linksIn(text)
      .filter((target) => !/^[a-z]+:/.test(target))
      .filter((target) => {
        const [path = '', anchor] = target.split('#')
        const file = path === '' ? document : join(dirname(document), path)
        if (!existsSync(file)) return true
        return anchor !== undefined && !anchorsOf(read(file)).includes(anchor)
      })
    expect(broken).toEqual([])
  })

  test('names files that exist', () => {
    expect(pathsIn(text).filter((path) => !existsSync(path) && !existsSync(join(dirname(document), path)))).toEqual([])
  })

  test('names commands that exist', () => {
    expect(
      callsIn(text)
        .map(wrongCall)
        .filter((wrong) => wrong !== undefined),
    ).toEqual([])
    const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> }
    const named = [...text.matchAll(/\bnpm (?:run )?(start|test|(?<=run )[\w:-]+)/g)].map(([, script]) => script!)
    expect(named.filter((script) => !(script in scripts))).toEqual([])
  })
})

describe('the check of commands', () => {
  test.each([
    ['deplyo', 'there is no command deplyo'],
    ['order plcae TEA-ASSAM=2', 'there is no command plcae'],
    ['demo --seeds 1', 'demo has no option --seeds'],
  ])('refuses %s', (call, because) => expect(wrongCall(call)).toBe(because))

  test.each(['', 'order place TEA-ASSAM=2 MUG-WHITE --payment tok_ok --wait', 'failed redrive <id> --reason text'])(
    'accepts "%s"',
    (call) => expect(wrongCall(call)).toBeUndefined(),
  )
})

describe('rooms', () => {
  test.each([
    ...rooms,
    ...readdirSync('functions')
      .filter((name) => !name.includes('.'))
      .map((name) => `functions/${name}`),
  ])('%s says what lives in it', (room) => expect(existsSync(join(room, 'README.md'))).toBe(true))
})

describe('patterns', () => {
  const folder = 'docs/patterns'
  const names = readdirSync(folder).filter((name) => name !== 'README.md')
  const pages: readonly (readonly [string, Page])[] = names.map((name) => [name, parsePage(read(join(folder, name)))])
  const index = read(join(folder, 'README.md'))

  test('stand under one id each', () => {
    const ids = pages.map(([, { id }]) => id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  test.each(pages)('%s is named after its concept and listed', (name, { id, title }) => {
    expect(name.startsWith(`${id.toLowerCase()}-`)).toBe(true)
    expect(title).not.toBe('')
    expect(index).toContain(`(${basename(name)})`)
  })

  test.each(pages)('%s rests on code and on a test, both there', (_, { code, test: tests }) => {
    expect(code.length).toBeGreaterThan(0)
    expect(tests.length).toBeGreaterThan(0)
    expect([...code, ...tests].filter((path) => !existsSync(path))).toEqual([])
    expect(tests.filter((path) => !path.startsWith('test/'))).toEqual([])
  })

  test.each(pages)('%s quotes what stands in its code', (_, { code, snippets }) => {
    expect(snippets.length).toBeGreaterThan(0)
    const sources = code.map(read)
    expect(snippets.filter((snippet) => !sources.some((source) => quotes(snippet, source)))).toEqual([])
  })

  test.each(names)('%s names planted bugs that there are', (name) => {
    const [, fail = ''] = read(join(folder, name)).split('**See it fail.**')
    const named = [...fail.matchAll(/`([a-z]+(?:-[a-z]+)+)`/g)].map(([, bug]) => bug!)
    expect(named.filter((bug) => ![...bugs, ...deskBugs].some(({ name }) => name === bug))).toEqual([])
    expect(fail.trim()).not.toBe('')
  })

  test('say of every concept whether it is there', () => {
    const concepts = Object.entries({ D: 6, I: 13, A: 8, S: 6, O: 6 }).flatMap(([letter, count]) =>
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    )
    const listed = [...index.matchAll(/^\| ([A-Z]\d+) +\|/gm)].map(([, id]) => id!)
    expect(listed.toSorted()).toEqual(concepts.toSorted())
    const [there = ''] = index.split('## In part')
    const ids = pages.map(([, { id }]) => id)
    expect([...there.matchAll(/^\| ([A-Z]\d+) +\|/gm)].map(([, id]) => id!).toSorted()).toEqual(ids.toSorted())
  })
})

describe('the README', () => {
  test('shows the saga as it is', () => {
    const [snippet = ''] = snippetsIn(read('README.md'))
    expect(quotes(snippet, read('sagas/fulfil-order.ts'))).toBe(true)
  })
})

describe('the page about writing sagas', () => {
  test('quotes what is compiled and run', () => {
    const source = read('test/unit/sagas/handbook.test.ts')
    const snippets = snippetsIn(read('docs/writing-sagas.md'))
    expect(snippets.length).toBeGreaterThan(5)
    expect(snippets.filter((snippet) => !quotes(snippet, source))).toEqual([])
  })
})

describe('a quotation', () => {
  const source = 'const a = 1\n  const b = 2\nconst c = 3\n'

  test('holds whatever its indentation', () => expect(quotes('  const a = 1\n  const b = 2', source)).toBe(true))
  test('may leave lines out where it says so', () =>
    expect(quotes('const a = 1\n// …\nconst c = 3', source)).toBe(true))
  test.each(['const a = 2', 'const a = 1\nconst c = 3', 'const c = 3\n// …\nconst a = 1', '// …'])(
    'does not hold for %j',
    (snippet) => expect(quotes(snippet, source)).toBe(false),
  )
})
