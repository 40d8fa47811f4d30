import { spawn } from 'node:child_process';
import { once } from 'node:events';

import { expect, test } from 'vitest';

import { createProgramProcesses, descendantsOf } from './program-processes.ts';

const program = { pid: 100, startedAt: '5000' };
const child = { pid: 7, parent: 100, startedAt: '5001' };
const grandchild = { pid: 101, parent: 7, startedAt: '5002' };

test('a program is known with all below it, whatever their numbers', () => {
  const entries = [child, grandchild, { ...program, parent: 1 }, { pid: 102, parent: 1, startedAt: '5003' }];

  expect(descendantsOf(program, entries)).toEqual(new Set([7, 100, 101]));
});

test('another process that was given its number is none of it, nor is what that one started', () => {
  const entries = [child, grandchild, { ...program, parent: 1, startedAt: '6000' }];

  expect(descendantsOf(program, entries)).toEqual(new Set());
});

test('stopping a program that has ended and left nothing waits for nothing', async () => {
  const processes = createProgramProcesses();
  const ended = spawn('true');
  processes.began(ended);
  await once(ended, 'exit');

  await processes.stop(3_600_000, false);
});
