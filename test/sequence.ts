/**
 * A game day judges the alarms of the whole stage, and every other file of its level leaves some of them on: a poison
 * message here, a partner that was down there. It goes first, while nothing has been broken yet.
 */
export const isFirst = (file: string): boolean => file.endsWith('/test/integration/gameday.test.ts')

/**
 * Files in their order, but in each group those that have to be first are.
 *
 * @example
 * withFirst(['b', 'a', 'c'], (file) => file === 'c', () => 'integration') // ['c', 'b', 'a']
 */
export const withFirst = <File>(
  files: readonly File[],
  isFirst: (file: File) => boolean,
  groupOf: (file: File) => string,
): File[] =>
  [...Map.groupBy(files, groupOf).values()].flatMap((group) => [
    ...group.filter(isFirst),
    ...group.filter((file) => !isFirst(file)),
  ])
