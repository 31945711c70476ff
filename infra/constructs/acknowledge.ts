import { Validations } from 'aws-cdk-lib'
import type { IConstruct } from 'constructs'

/** A rule of cdk-nag that does not apply here, with the reason, which a test insists on. */
export type Acknowledgement = { readonly id: string; readonly reason: string }

/** Records why a rule does not apply to a construct and what is below it. */
export const acknowledge = (construct: IConstruct, ...acknowledgements: readonly Acknowledgement[]) =>
  Validations.of(construct).acknowledge(...acknowledgements)
