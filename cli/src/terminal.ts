import { styleText } from 'node:util';

/** A stream of text to a person or a pipe. */
export interface Screen {
  readonly isTty: boolean;
  readonly columns: number;
  /** Resolves when more may be written, so that a slow reader slows the writer. */
  write(text: string): Promise<void>;
}

/** The few colours that the CLI uses. */
export type Tint = 'green' | 'red' | 'yellow' | 'cyan' | 'dim' | 'bold';

/** Colours a text, or leaves it as it is where colours are not wanted. */
export type Paint = (tint: Tint, text: string) => string;

/** Makes the painter of a screen. */
export function createPaint(hasColor: boolean): Paint {
  return (tint, text) => (hasColor && text !== '' ? styleText(tint, text, { validateStream: false }) : text);
}

// oxlint-disable-next-line no-control-regex -- to take them out is the point
const controls = /[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;
// oxlint-disable-next-line no-control-regex -- colours begin with an escape
const colorsOrControls = /(\u001B\[[\d;:]*m)|[\u0000-\u0008\u000B-\u001F\u007F-\u009F]/g;

/**
 * Takes the control characters out of text that others wrote, so that it cannot drive the reader's terminal.
 * Line breaks and tabs stay.
 */
export function plain(text: string): string {
  return text.replaceAll(controls, '');
}

/** The same for one line of a log, whose colours stay when the terminal shows colours. */
export function plainLine(text: string, keepsColor: boolean): string {
  if (!keepsColor) return plain(text.replaceAll(colorsOrControls, ''));
  const cleaned = text.replaceAll(colorsOrControls, (_, color: string | undefined) => color ?? '');
  return cleaned.includes('\u001B') ? `${cleaned}\u001B[0m` : cleaned;
}

/** Cuts a text to a number of characters, with an ellipsis where something is missing. */
export function cut(text: string, length: number): string {
  const characters = Array.from(text);
  return characters.length <= length ? text : `${characters.slice(0, Math.max(0, length - 1)).join('')}…`;
}
