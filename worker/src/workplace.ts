import type { Executor } from './executor.ts';
import type { Installation } from './installation.ts';
import type { Journal } from './journal.ts';

/** Where runs run and are remembered, held by this process alone; disposing of it leaves them as they are. */
export interface Workplace extends Installation {
  readonly executor: Executor;
  readonly journal: Journal;
}
