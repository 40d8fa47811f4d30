import { containerTold, type ContainerTold, type StreamLetter } from '@verve/contract';
import { recutLine } from '@verve/contract/lines';

/** What a line of a container's output is. */
export type ContainerLine =
  | { readonly kind: 'line'; readonly stream: StreamLetter; readonly text: string }
  | { readonly kind: 'told'; readonly told: ContainerTold }
  | { readonly kind: 'nothing' };

/**
 * Takes apart what `verve-agent container` wrote. What has no letter was written past it, by a program that found the
 * container's own output, and is a line like others.
 */
export function parseContainerLine(line: string): ContainerLine {
  const text = line.slice(2);
  if (line[1] === ' ' && (line[0] === 'o' || line[0] === 'e')) return toLine(line[0], text);
  if (line.startsWith('c ')) return parseTold(text);
  return toLine('o', line);
}

/** As a chunk takes it: what was written past the container's own output may be anything. */
function toLine(stream: StreamLetter, text: string): ContainerLine {
  return { kind: 'line', stream, text: recutLine(text.replaceAll(/[\0\r]/g, '\uFFFD')) };
}

function parseTold(text: string): ContainerLine {
  try {
    return { kind: 'told', told: containerTold.parse(JSON.parse(text)) };
  } catch {
    return { kind: 'nothing' };
  }
}
