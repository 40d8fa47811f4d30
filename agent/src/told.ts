import type { LogLevel } from '@verve/contract';
import { cutUtf8 } from '@verve/contract/lines';

import type { DriverEvent } from './driver-event.ts';

const nameBytes = 200;
/** Of one event; the log is no place for more, and `events.jsonl` has it whole. */
const toldBytes = 256 * 1024;

/** What the log tells of an event; undefined: nothing. */
export function tellEvent(event: DriverEvent, level: LogLevel): string | undefined {
  if (level === 'states') return undefined;
  switch (event.kind) {
    case 'text':
      return cutTold(event.text);
    case 'tool':
      return tellTool(event, level);
    case 'retry':
      return `asking the model host again${whichRetry(event)}: ${cutTold(event.message)}`;
    case 'error':
      return `error: ${cutTold(event.message)}`;
    case 'usage':
    case 'final':
      return undefined;
    default:
      return event satisfies never;
  }
}

/** What the log tells of a line that means no event. */
export function tellRaw(line: string, level: LogLevel): string | undefined {
  return level === 'full' ? cutTold(line) : undefined;
}

function cutTold(text: string): string {
  const kept = cutUtf8(text, toldBytes);
  return kept === text ? text : `${kept} … [cut by Verve: ${Buffer.byteLength(text)} bytes]`;
}

function whichRetry({ number }: DriverEvent & { kind: 'retry' }): string {
  return number === undefined ? '' : ` (retry ${number})`;
}

function tellTool(event: DriverEvent & { kind: 'tool' }, level: LogLevel): string {
  const { name, exitCode, failed, output } = event;
  const bytes = event.bytes ?? (output === undefined ? undefined : Buffer.byteLength(output));
  const parts = [
    `tool ${cutUtf8(name.replaceAll(/\s+/g, ' ').trim(), nameBytes)}`,
    ...(exitCode === undefined ? (failed === true ? ['failed'] : []) : [`exit code ${exitCode}`]),
    ...(bytes === undefined ? [] : [`${bytes} bytes`]),
  ];
  const line = parts.join(', ');
  return level === 'full' && output !== undefined && output !== ''
    ? `${line}\n${cutTold(output.trimEnd())}`
    : line;
}
