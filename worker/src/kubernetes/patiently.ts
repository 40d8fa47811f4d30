import { pause } from '../pause.ts';
import { refusalOf } from './api-error.ts';

const againMs = 1_000;
const tooMany = 429;

/** The API server was not reached, or has trouble of its own: what is asked may be answered in a moment. */
export function isPassing(error: unknown): boolean {
  const refusal = refusalOf(error);
  if (refusal) return refusal.code >= 500 || refusal.code === tooMany;
  return error instanceof Error && (error.name === 'TimeoutError' || isOfNetwork(error));
}

/** As fetch throws it, with the socket's own error as its cause. */
function isOfNetwork(error: Error): boolean {
  return 'code' in error || (error instanceof TypeError && error.cause instanceof Error);
}

/**
 * Makes a call until the API server answers it, however long it is away. Gives undefined on the signal; throws what the
 * API server refuses.
 */
export async function patiently<T>(call: () => Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  while (!signal.aborted) {
    const answer = await call().then((value) => ({ value }), passing);
    if (answer) return answer.value;
    await pause(againMs, signal);
  }
  return undefined;
}

function passing(error: unknown): undefined {
  if (!isPassing(error)) throw error;
}
