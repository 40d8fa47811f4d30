import type { DriverEvent } from '../driver-event.ts';
import { reasonOfWords, retryAfterOf } from './model-trouble.ts';
import { plainWords } from './plain-words.ts';

type Trouble = Pick<DriverEvent & { kind: 'final' }, 'reason' | 'retryAfterSeconds'> & {
  readonly message: string;
};

/** Trouble as they put it, `[API Error: …]` with advice behind it, of which neither tells what it comes to. */
export function troubleOf(words: string): Trouble {
  const [, inner = words] = /^\[API Error: ([^]*?)\](?:\n|$)/.exec(words) ?? [];
  const reason = reasonOfWords(inner);
  const retryAfterSeconds = retryAfterOf(inner);
  return {
    message: plainWords(inner),
    ...(reason && { reason }),
    ...(retryAfterSeconds !== undefined && { retryAfterSeconds }),
  };
}
