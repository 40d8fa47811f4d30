import { codeAttacks } from './code-attacks.ts';
import type { CodingAgent } from './coding-agents.ts';
import { hostAttacks } from './host-attacks.ts';

/** Where planted files lead. */
export interface Evil {
  /** A program that leaves a witness when anything starts it. */
  readonly program: string;
  /** A host that takes every key. */
  readonly url: string;
  /** The same as a proxy. */
  readonly proxy: string;
}

/** Files by their paths. What is an object is JSON, and one with those of other attacks; texts are appended. */
export type Files = Readonly<Record<string, string | object>>;

/** What a repository may hold so that a run does more than it should, whatever the model says. */
export interface Attack {
  readonly name: string;
  /** To start a program; or to have what is meant for the model host, above all the key, sent elsewhere. */
  readonly aim: 'code' | 'host';
  /** What it leads away goes through a proxy. */
  readonly isProxy?: boolean;
  /** It is for a program that was told of no model host. */
  readonly isWithoutHost?: boolean;
  /** The program waits for what is started, long after it is. */
  readonly isSlow?: boolean;
  /** For each program that has such a thing. */
  readonly plants: Partial<Record<CodingAgent, (evil: Evil) => Files>>;
  /** Programs that leave it alone, even for somebody who trusts the folder. */
  readonly ignoredBy?: readonly CodingAgent[];
  /** Programs that no setting keeps from it. */
  readonly worksOn?: readonly CodingAgent[];
}

/** All that is planted. */
export const attacks: readonly Attack[] = [...codeAttacks, ...hostAttacks];

/** The attacks that there are for a program. */
export function attacksOn(agent: CodingAgent): readonly Attack[] {
  return attacks.filter(({ plants }) => plants[agent]);
}

/** The files of several attacks as one tree. */
export function mergeFiles(all: readonly Files[]): Record<string, string> {
  const merged = new Map<string, unknown>();
  for (const [path, content] of all.flatMap((files) => Object.entries(files))) {
    merged.set(path, merge(merged.get(path), content));
  }
  return Object.fromEntries(
    [...merged].map(([path, content]) => [
      path,
      typeof content === 'string' ? content : JSON.stringify(content),
    ]),
  );
}

function merge(one: unknown, other: unknown): unknown {
  if (typeof one === 'string' && typeof other === 'string') return `${one}\n${other}`;
  if (!isRecord(one) || !isRecord(other)) return other;
  const keys = [...new Set([...Object.keys(one), ...Object.keys(other)])];
  return Object.fromEntries(keys.map((key) => [key, key in other ? merge(one[key], other[key]) : one[key]]));
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
