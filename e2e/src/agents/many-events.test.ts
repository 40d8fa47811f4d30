import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

import { expect, test } from 'vitest';

import type { Running } from '../programs.ts';
import { stackOf } from '../test-stack.ts';
import { createAgentRun } from './agent-run.ts';
import { entryOf } from './coding-agents.ts';

/** What the runner needed for a program. */
interface Need {
  readonly peakMiB: number;
  readonly cpuSeconds: number;
  readonly events: number;
}

test('three million events need no more memory than one', { timeout: 600_000 }, async (context) => {
  const stack = stackOf(context);

  const one = await run(stack, 1_000_000);
  const three = await run(stack, 3_000_000);

  const tell = ({ peakMiB, cpuSeconds }: Need): string =>
    `${peakMiB.toFixed(0)} MiB and ${cpuSeconds.toFixed(1)} s of CPU`;
  console.warn(`runner: ${tell(one)} for 1,000,000 events, ${tell(three)} for 3,000,000`);
  // What is kept of them has a bound of its own.
  expect(three.events).toBeGreaterThan(100_000);
  expect(three.peakMiB).toBeLessThan(one.peakMiB * 1.5);
});

/** Runs a fake of Claude Code that does nothing but print so many events. */
async function run(stack: AsyncDisposableStack, count: number): Promise<Need> {
  const entry = entryOf('claude', 'http://127.0.0.1:1');
  const options = { entry, key: 'key', description: 'Print.', logLevel: 'states' } as const;
  const run = stack.use(await createAgentRun(options));
  const program = run.start([makeFake(run.folder, count), process.env['PATH']].join(delimiter));
  const need = await watch(program);
  expect(run.outcome()).toMatchObject({ reason: 'NoChanges', usage: { inputTokens: count } });
  return { ...need, events: run.events().length };
}

function makeFake(folder: string, count: number): string {
  const bin = join(folder, 'bin');
  mkdirSync(bin);
  const event = {
    type: 'assistant',
    message: {
      id: 'm@',
      content: [{ type: 'text', text: 'word @' }],
      usage: { input_tokens: 1, output_tokens: 0 },
    },
  };
  const final = { type: 'result', subtype: 'success', is_error: false, result: 'Done.' };
  const text = JSON.stringify(event).replaceAll('"', '\\"').replaceAll('@', '" i "');
  const script = [
    '#!/bin/sh',
    '[ "$1" = --version ] && echo 2.9.9 && exit',
    `awk 'BEGIN { for (i = 1; i <= ${count}; i++) print "${text}" }'`,
    `echo '${JSON.stringify(final)}'`,
  ];
  writeFileSync(join(bin, 'claude'), `${script.join('\n')}\n`);
  chmodSync(join(bin, 'claude'), 0o755);
  return bin;
}

/** Looks at a process until it has ended. */
async function watch(program: Running): Promise<Omit<Need, 'events'>> {
  let need = { peakMiB: 0, cpuSeconds: 0 };
  const over = new AbortController();
  void program.ended.then(() => over.abort());
  while (!over.signal.aborted) {
    need = look(program.pid) ?? need;
    await wait(50);
  }
  return need;
}

function look(pid: number | undefined): Omit<Need, 'events'> | undefined {
  try {
    const [, peak] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? [];
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const ticks = Number(fields[11]) + Number(fields[12]);
    return peak === undefined ? undefined : { peakMiB: Number(peak) / 1_024, cpuSeconds: ticks / 100 };
  } catch {
    return undefined;
  }
}
