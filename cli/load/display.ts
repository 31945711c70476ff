/** Where a run is shown while it goes on. */
export type Display = {
  /** Shows these lines instead of the last ones. */
  readonly show: (lines: readonly string[]) => void
  /** Leaves what is shown standing, and begins below it. */
  readonly keep: () => void
}

type Terminal = { readonly write: (text: string) => void; readonly columns: number }

/**
 * One block of lines that changes in its place, on a terminal.
 *
 * @example
 * const display = block({ write: (text) => process.stderr.write(text), columns: 80 })
 * display.show(['1 of 3'])
 * display.show(['2 of 3']) // overwrites it
 */
export const block = ({ write, columns }: Terminal): Display => {
  let shown = 0
  return {
    show: (lines) => {
      // A line that the terminal wraps would be two, and the next block would begin in the middle of this one.
      const cut = lines.map((line) => (line.length < columns ? line : `${line.slice(0, columns - 2)}…`))
      write(`${shown > 0 ? `\u001b[${shown}A\u001b[J` : ''}${cut.map((line) => `${line}\n`).join('')}`)
      shown = cut.length
    },
    keep: () => {
      shown = 0
    },
  }
}

/**
 * The same where nothing can be overwritten: the lines as one, and only every so often.
 *
 * @param every milliseconds between two lines.
 */
export const lines = (note: (line: string) => void, every: number, clock: () => number): Display => {
  let next = Number.NEGATIVE_INFINITY
  return {
    show: (shown) => {
      if (clock() < next) return
      next = clock() + every
      note(shown.join(' · '))
    },
    keep: () => {
      next = Number.NEGATIVE_INFINITY
    },
  }
}
