/**
 * A bug to plant in the production code as it is loaded. `from` stands exactly once in `file`; when it does not any more,
 * planting refuses to run.
 */
export type Bug = {
  readonly name: string
  readonly breaks: string
  readonly file: string
  readonly from: string
  readonly to: string
  /** The condition of a net in the same file that would catch it first: it is the bug that must be found, not the net. */
  readonly without?: string
}
