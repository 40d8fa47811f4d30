import { setTimeout as pause } from 'node:timers/promises';

import { expect, vi } from 'vitest';

import { backgroundWork } from './background-work.ts';
import { followLog } from './follower.ts';
import { registerHandWorker, type HandWorkerParts } from './hand-worker.ts';
import { adminKey } from './replicas.ts';

/** Those who would notice an outage most: a worker that falls silent during it, a held poll, a follower of a log. */
export interface OutageWitnesses extends AsyncDisposable {
  /** The worker has beaten a moment ago, and does so no more. */
  fallSilent(): Promise<void>;
  /** Expects that the worker cannot write to its log. */
  expectRefused(): Promise<void>;
  /** Expects that the worker still holds its attempt, and that poll and stream went on as if nothing had been. */
  expectUndisturbed(): Promise<void>;
}

/** Brings them to where they are when the database fails. */
export async function callWitnesses(parts: Omit<HandWorkerParts, 'signal'>): Promise<OutageWitnesses> {
  const background = backgroundWork();
  const { signal } = background;
  const silent = await registerHandWorker('silent', { ...parts, signal });
  const patient = await registerHandWorker('patient', { ...parts, signal });
  const taskId = await silent.give();
  const held = { taskId, attempt: 1 };
  await silent.poll();
  await silent.write(held, 1);
  const onReconnect = vi.fn<() => void>();
  const silence = new AbortController();
  const beating = background.add(beat());
  const log = background.add(followLog({ urls: [parts.url], key: adminKey, onReconnect }, taskId, signal));
  const poll = background.add(patient.poll());

  async function beat(): Promise<void> {
    while (!silence.signal.aborted) {
      expect(await silent.beat(held)).toEqual([]);
      await pause(200, undefined, { signal });
    }
  }

  return {
    fallSilent: () => {
      silence.abort();
      return beating;
    },
    expectRefused: () => expect(silent.write(held, 2)).rejects.toMatchObject({ code: 'Unavailable' }),
    expectUndisturbed: async () => {
      expect(await silent.beat(held)).toEqual([]);
      // The refused chunk, again as after a lost answer, the next one, and one from before.
      for (const seq of [2, 2, 3, 1]) await silent.write(held, seq);
      await silent.complete(held, 3);
      const task = await patient.give();

      expect((await poll)?.claims.map((claim) => claim.task.id)).toEqual([task]);
      expect((await log).map(({ seq }) => seq)).toEqual([1, 2, 3]);
      expect(onReconnect).not.toHaveBeenCalled();
    },
    [Symbol.asyncDispose]: () => background[Symbol.asyncDispose](),
  };
}
