import type { PolicyStatement } from 'aws-cdk-lib/aws-iam'
import type { Acknowledgement } from './acknowledge.ts'

/**
 * Something that a function uses: the variables that tell where it is and the permissions that let it in, together, so
 * that one is never given without the other.
 */
export type Use = {
  readonly environment?: Readonly<Record<string, string>>
  readonly statements?: readonly PolicyStatement[]
  /** Why a statement may be wider than a single resource. */
  readonly acknowledged?: readonly Acknowledgement[]
}
