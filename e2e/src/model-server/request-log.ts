import type { SentKey } from './access.ts';
import type { Dialect } from './dialect.ts';

/** What was asked and how it was answered. Neither key nor prompt. */
export interface LoggedRequest {
  readonly method: string;
  readonly path: string;
  /** Absent: a path that no dialect serves, such as `…/models`. */
  readonly dialect?: Dialect['name'];
  readonly model?: string;
  /** The step's number in the script. Absent: the request offers no tools, so it is no part of the conversation. */
  readonly turn?: number;
  readonly tools?: readonly string[];
  readonly keyHeader?: SentKey['header'];
  readonly keySha256?: string;
  /** In characters, of all prompts of the conversation. */
  readonly promptLength?: number;
  /** What was answered; `silent` and `cut` are faults of the script. */
  readonly answer: number | 'silent' | 'cut';
}
