import { jsonLine, objectIn, textIn, type JsonObject } from './json-line.ts';

/**
 * A program's words without the JSON that it quotes: of an error that a model host sent, its status and message. Words
 * without such an error are left as they are.
 */
export function plainWords(words: string): string {
  const begin = words.indexOf('{');
  const end = words.lastIndexOf('}') + 1;
  const quoted = begin < 0 ? undefined : jsonLine(words.slice(begin, end));
  const message = quoted && messageOf(quoted);
  return message === undefined ? words : words.slice(0, begin) + message + words.slice(end);
}

function messageOf(quoted: JsonObject): string | undefined {
  const error = objectIn(quoted['error']) ?? quoted;
  const message = textIn(error['message']);
  const { code } = error;
  return message !== undefined && typeof code === 'number' ? `${code} ${message}` : message;
}
