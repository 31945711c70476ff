import { Listr } from 'listr2'
import type { Plan, Step } from '../local/up.ts'
import type { Output } from './output.ts'

/**
 * Runs the steps of a plan and shows them: as a list that keeps itself up to date on a terminal, as plain lines on
 * stderr elsewhere and for machines. What a step throws ends the plan.
 *
 * @example
 * const { plan, raised } = planUp(settings)
 * await runPlan(plan, out)
 */
export const runPlan = (plan: Plan, out: Output): Promise<void> =>
  !out.json && process.stdout.isTTY ? asList(plan) : asLines(plan, out)

const asList = async (plan: Plan): Promise<void> => {
  const task = ({ title, run }: Step) => ({
    title,
    task: async (_: unknown, task: { output: string; title: string }) => {
      const timed = stopwatch()
      const word = await run((line) => {
        task.output = line
      })
      task.title = ending(title, word, timed())
    },
  })
  for (const part of plan) {
    const steps = Array.isArray(part) ? (part as readonly Step[]) : [part as Step]
    await new Listr(steps.map(task), {
      concurrent: true,
      // Whoever runs the plan decides what an interruption means.
      registerSignalListeners: false,
      rendererOptions: { collapseErrors: false },
    }).run()
  }
}

const asLines = async (plan: Plan, out: Output): Promise<void> => {
  const one = async ({ title, run }: Step) => {
    out.note(`· ${title}`)
    const timed = stopwatch()
    const word = await run((line) => out.note(`  ${title}: ${line}`))
    out.note(`✔ ${ending(title, word, timed())}`)
  }
  for (const part of plan) await Promise.all((Array.isArray(part) ? part : [part as Step]).map(one))
}

const ending = (title: string, word: string | undefined, seconds: string) =>
  `${title}${word ? `: ${word}` : ''} (${seconds} s)`

const stopwatch = () => {
  const begun = performance.now()
  return () => ((performance.now() - begun) / 1000).toFixed(1)
}
