import type { Scratch } from './scratch.ts';

/** What a recording must not tell: where it was made. */
export interface Traces {
  readonly scratch: Pick<Scratch, 'base' | 'home' | 'tree' | 'temporary'>;
  readonly modelUrl: string;
  readonly installed: string;
}

const longestArray = 4;

/** Gives paths and addresses the same names on every machine, and shortens lists. */
export function scrub(output: string, traces: Traces): string {
  const lines = named(output, traces).split('\n');
  return lines.map((line) => shortened(line)).join('\n');
}

function named(output: string, { scratch, modelUrl, installed }: Traces): string {
  const names: readonly [string, string][] = [
    [scratch.tree, '/work/tree'],
    [scratch.home, '/home/agent'],
    [scratch.temporary, '/tmp'],
    [scratch.base, '/work'],
    [installed, '/opt/agents'],
    [modelUrl, 'http://model.example'],
    [new URL(modelUrl).host, 'model.example'],
  ];
  const dashed = names.slice(0, 4).map(([from, to]): [string, string] => [asName(from), asName(to)]);
  return [...names, ...dashed].reduce((text, [from, to]) => text.replaceAll(from, to), output);
}

/** How programs make a file's name of a path. */
function asName(path: string): string {
  return path.replaceAll(/[^a-zA-Z0-9]/g, '-');
}

/** Only lists of names: those of tools and commands, which no driver reads. */
function shortened(line: string): string {
  if (!line.startsWith('{')) return line;
  try {
    const value = JSON.parse(line) as unknown;
    const short = shorten(value);
    return JSON.stringify(short) === JSON.stringify(value) ? line : JSON.stringify(short);
  } catch {
    return line;
  }
}

function shorten(value: unknown): unknown {
  if (Array.isArray(value)) {
    const isLong = value.length > longestArray && value.every((item) => typeof item === 'string');
    return (isLong ? value.slice(0, longestArray) : value).map((item) => shorten(item));
  }
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, shorten(item)]));
}
