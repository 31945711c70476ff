/** What an endpoint does instead. The text is kept as a result, so it holds nothing that changes from run to run. */
export class Difference extends Error {
  constructor(seen: string) {
    super(seen)
    this.name = 'Difference'
  }
}
