import type { IConstruct } from 'constructs'

// A constructor of any shape, as `instanceof` wants it.
// biome-ignore lint/suspicious/noExplicitAny: the parameters do not matter
type Kind<T> = abstract new (...parameters: any[]) => T

/** Every construct of a kind below a point of the tree, in the order in which they were made. */
export const allOf = <T extends IConstruct>(scope: IConstruct, kind: Kind<T>): T[] =>
  scope.node.findAll().filter((construct): construct is T & IConstruct => construct instanceof kind)
