import type { Chunk } from '@verve/contract';

import type { Context } from './context.ts';
import { plainLine, type Paint } from './terminal.ts';

/** Prints the chunks of a log in order; `--json` gives one chunk a line. */
export interface LogPrinter {
  print(chunk: Chunk): Promise<void>;
}

/**
 * Makes a printer. Into a pipe go the lines as they are. On a terminal lines of stderr begin with `!`, Verve's own
 * with `–`, a heading tells where a phase begins, and what could drive the terminal is taken out.
 */
export function createLogPrinter(context: Context, hasTimestamps: boolean): LogPrinter {
  const { stdout } = context.io;
  const hasColor = stdout.isTty && context.environment.allowsColor;
  let heading = '';

  async function print(chunk: Chunk): Promise<void> {
    if (context.isJson) return stdout.write(`${JSON.stringify(chunk)}\n`);
    const texts = chunk.lines.map((line, index) => {
      const at = hasTimestamps ? `${new Date(chunk.at[index] ?? 0).toISOString()} ` : '';
      if (!stdout.isTty) return `${at}${line}\n`;
      return `${context.paint('dim', at)}${marked(plainLine(line, hasColor), chunk.streams[index], context.paint)}\n`;
    });
    const title = `── attempt ${chunk.attempt}${chunk.phase === undefined ? '' : ` · ${chunk.phase}`} ──`;
    const isNew = stdout.isTty && title !== heading;
    heading = title;
    await stdout.write(`${isNew ? `${context.paint('dim', title)}\n` : ''}${texts.join('')}`);
  }

  return { print };
}

function marked(line: string, stream: string | undefined, paint: Paint): string {
  if (stream === 'e') return `${paint('red', '!')} ${line}`;
  return stream === 'v' ? paint('dim', `– ${line}`) : line;
}
