export type RefusalCode =
  | 'no-such-order'
  | 'key-reused'
  | 'unknown-product'
  | 'mixed-currencies'
  | 'total-too-large'
  | 'already-confirmed'
  | 'already-rejected'
  | 'already-cancelled'
  | 'no-review-needed'
  | 'already-reviewed'
  | 'not-confirmed'
  | 'refund-not-open'
  | 'return-settled'
  | 'no-open-return'
  | 'already-inspected'

/** Why a command is not carried out. `lines` are the indexes of the order's lines that are to blame. */
export type Refusal = { readonly refused: RefusalCode; readonly because: string; readonly lines?: readonly number[] }
