import { expect, test } from 'vitest';

import type { Uninstallation } from '../uninstallation.ts';
import { reportOf, runUninstall, type UninstallParts } from './uninstall.ts';

const nothing: Uninstallation = {
  installation: 'blue',
  namespace: 'verve',
  removed: { agentRuns: 0, workers: 0, leases: 0 },
  underWay: [],
  problems: [],
};
const task = 'tsk_01jc0x0x0x0x0x0x0x0x0x0x0x';

interface Told {
  readonly code: number;
  readonly out: string;
  readonly error: string;
}

async function told(given: Partial<UninstallParts>): Promise<Told> {
  let out = '';
  let error = '';
  const code = await runUninstall({
    env: {},
    isJson: false,
    write: (text) => (out += text),
    writeError: (text) => (error += text),
    uninstall: async () => nothing,
    signal: new AbortController().signal,
    ...given,
  });
  return { code, out, error };
}

test('what was removed is told by kinds, and so is each attempt that was under way', () => {
  const report = reportOf({
    ...nothing,
    removed: { agentRuns: 3, workers: 1, leases: 1 },
    underWay: [{ taskId: task, attempt: 1 }],
  });

  expect(report).toBe(`removed 3 AgentRuns, with Jobs, pods and Secrets of theirs
removed 1 Worker
removed 1 Lease
${task} attempt 1 was under way: the server gives it to another worker when its lease has run out (3 minutes)
`);
});

test('nothing to remove is said and is well', async () => {
  expect(await told({})).toEqual({
    code: 0,
    out: 'there is nothing of installation "blue" in namespace verve\n',
    error: '',
  });
});

test('what could not be removed is told with what to do, and fails', async () => {
  const problems = [{ message: '1 pod still there: p', fix: 'Look why.' }];
  const removed = { agentRuns: 1, workers: 0, leases: 0 };

  const { code, out } = await told({ uninstall: async () => ({ ...nothing, removed, problems }) });

  expect(code).toBe(1);
  expect(out).toBe(
    'removed 1 AgentRun, with Jobs, pods and Secrets of theirs\n✗ 1 pod still there: p\n  → Look why.\n',
  );
});

test('as JSON it is the same', async () => {
  const problems = [{ message: 'm', fix: 'f' }];

  const { code, out } = await told({ isJson: true, uninstall: async () => ({ ...nothing, problems }) });

  expect(code).toBe(1);
  expect(JSON.parse(out)).toEqual({ ok: false, ...nothing, problems });
});

test.each([[false], [true]])('wrong settings are told with their paths (as JSON: %j)', async (isJson) => {
  const { code, out } = await told({ isJson, env: { VERVE_KUBERNETES_INSTALLATION: 'Blue' } });

  expect(code).toBe(1);
  expect(out).toContain('kubernetes.installation (VERVE_KUBERNETES_INSTALLATION)');
});

test('that it waits goes to stderr, and so does that it was stopped', async () => {
  const stop = new AbortController();

  const { code, out, error } = await told({
    signal: stop.signal,
    async uninstall(_settings, standBy) {
      standBy('pod-1_x', 60_000);
      stop.abort();
      stop.signal.throwIfAborted();
      return nothing;
    },
  });

  expect(code).toBe(1);
  expect(out).toBe('');
  expect(error).toMatch(/is active \(pod-1_x\); waiting for its end, up to 60 s\nstopped before its end/);
});
