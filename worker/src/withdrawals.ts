import type { Journal } from './journal.ts';
import type { LeaseKeeper } from './lease-keeper.ts';

/** What heeding takes. */
export interface WithdrawalParts {
  readonly journal: Pick<Journal, 'withdrawn'>;
  readonly keeper: Pick<LeaseKeeper, 'cancel'>;
}

/** Has attempts stopped whose entries somebody takes away, until the signal. Begin when all that was adopted is in hand. */
export async function heedWithdrawals(
  { journal, keeper }: WithdrawalParts,
  signal: AbortSignal,
): Promise<void> {
  for await (const withdrawal of journal.withdrawn(signal)) keeper.cancel(withdrawal, withdrawal.why);
}
