import { readFileSync } from 'node:fs';

import type { V1Pod } from '@kubernetes/client-node';

import type { Warning } from '../../executors/kubernetes/hindrance.ts';
import { factsOf, type PodFacts } from '../../executors/kubernetes/pod-facts.ts';

const folder = new URL('../../executors/kubernetes/recordings/', import.meta.url);

/** A pod at one moment, as a watch told it. */
interface SeenPod {
  readonly facts: PodFacts;
  readonly isGone: boolean;
}

/** What a cluster told of a run's pod from its beginning on. */
export interface RecordedPod {
  readonly seen: readonly SeenPod[];
  /** Of the pod, and of its Job. */
  readonly warnings: readonly Warning[];
}

/** Reads a recording by its name. */
export function recordedPod(name: string): RecordedPod {
  const lines = readFileSync(new URL(`${name}.jsonl`, folder), 'utf8')
    .trim()
    .split('\n');
  const told = lines.map((line) => JSON.parse(line) as { pod?: V1Pod; gone?: true; warning?: Warning });
  return {
    seen: told.flatMap(({ pod, gone }) => (pod ? [{ facts: factsOf(pod), isGone: gone === true }] : [])),
    warnings: told.flatMap(({ warning }) => warning ?? []),
  };
}

/** The last moment of a recording. */
export function recordedLast(name: string): SeenPod {
  const last = recordedPod(name).seen.at(-1);
  if (!last) throw new Error(`recording ${name} has no pod`);
  return last;
}
