import { containerTold, type ContainerTold, type StreamLetter } from '@verve/contract';

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
  if (line[1] === ' ' && (line[0] === 'o' || line[0] === 'e')) return { kind: 'line', stream: line[0], text };
  if (line.startsWith('c ')) return parseTold(text);
  return { kind: 'line', stream: 'o', text: line };
}

function parseTold(text: string): ContainerLine {
  try {
    return { kind: 'told', told: containerTold.parse(JSON.parse(text)) };
  } catch {
    return { kind: 'nothing' };
  }
}
