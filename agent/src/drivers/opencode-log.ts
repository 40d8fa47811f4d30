import type { ProgramEvent } from '../driver-event.ts';
import { reasonOfWords } from './model-trouble.ts';
import { plainWords } from './plain-words.ts';

const streamError =
  /^timestamp=\S+ level=ERROR run=\S+ message="stream error" .*? error\.error=("(?:[^"\\]|\\.)*"|\S+)/;

/**
 * What a line of OpenCode's log on the error output tells: an answer of the model host that it did not take, after which
 * it asks again, or gives up and says so by an event. Undefined: anything else.
 */
export function retryOfLog(line: string): readonly ProgramEvent[] | undefined {
  const [, quoted] = streamError.exec(line) ?? [];
  if (quoted === undefined) return undefined;
  const message = unquoted(quoted).replace(/^AI_\w+: /, '');
  const reason = reasonOfWords(message) ?? 'ModelUnavailable';
  return [{ kind: 'retry', message: plainWords(message), reason }];
}

function unquoted(value: string): string {
  try {
    return value.startsWith('"') ? String(JSON.parse(value)) : value;
  } catch {
    return value;
  }
}
