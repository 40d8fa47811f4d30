import { expect, onTestFinished, test, vi } from 'vitest';

import type { RunRequest } from '../../executor.ts';
import { linesOf, outcomeOf, untilWaiting, type ExecutorStage, type OpenStage } from './stage.ts';

const environment = 'env';

function requestWithSecrets(stage: ExecutorStage): RunRequest {
  return stage.request(
    { checkout: environment, agent: environment, publish: `${environment}; cat "$VERVE_ACCESS_FILE"` },
    {
      agentEnvironment: { MODEL_KEY: 'of-the-model' },
      gitEnvironment: { GIT_ASKPASS: '/of-git' },
      access: { credentials: [], proxy: 'http://proxy.example:3128' },
    },
  );
}

/** What one phase has that another must not. */
export function testSeparation(openStage: OpenStage): void {
  test('agent alone has the environment of the agent; checkout and publish alone have what git needs', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = requestWithSecrets(stage);
    await executor.start(request);
    await outcomeOf(executor, request);

    const lines = await linesOf(executor, request);

    const textOf = (phase: string): string =>
      lines.flatMap((line) => (line.phase === phase ? [line.text] : [])).join('\n');
    expect(textOf('agent')).toContain('MODEL_KEY=of-the-model');
    expect(textOf('agent')).not.toMatch(/GIT_ASKPASS|of-git|VERVE_ACCESS_FILE/);
    for (const phase of ['checkout', 'publish']) {
      expect(textOf(phase)).toContain('GIT_ASKPASS=/of-git');
      expect(textOf(phase)).toContain('VERVE_ACCESS_FILE=');
      expect(textOf(phase)).not.toMatch(/MODEL_KEY|of-the-model/);
    }
    expect(textOf('publish')).toContain('"proxy":"http://proxy.example:3128"');
  });

  test('no phase has anything of the environment of the worker', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    onTestFinished(() => void vi.unstubAllEnvs());
    vi.stubEnv('VERVE_KEY', 'the-key-of-this-worker');
    const script = 'env; tr "\\0" "\\n" < /proc/$PPID/environ';
    const request = stage.request({ checkout: script, agent: script, publish: script });
    await executor.start(request);
    await outcomeOf(executor, request);

    const text = (await linesOf(executor, request)).map((line) => line.text).join('\n');

    expect(text).toContain('VERVE_TASK_FILE=');
    expect(text).not.toContain('the-key-of-this-worker');
  });

  test.each([
    { status: 'completed', reason: 'BranchPushed', branch: 'main', commit: 'a'.repeat(40) },
    { status: 'completed', reason: 'PullRequestOpened', pullRequestUrl: 'https://evil.example/1' },
  ])('agent cannot tell of a branch or a pull request: $reason', async (lie) => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: `echo '${JSON.stringify(lie)}' > "$VERVE_OUT/outcome.json"` });
    await executor.start(request);

    const outcome = await outcomeOf(executor, request);

    expect(outcome).toMatchObject({ status: 'failed', reason: 'AgentFailed' });
    expect(Object.keys(outcome ?? {}).sort()).toEqual(['message', 'reason', 'status']);
  });

  test('an outcome that agent lays in the place of publish is not the end of the run', async () => {
    await using stage = await openStage();
    await using executor = stage.open();
    const lie = JSON.stringify({ status: 'completed', reason: 'BranchPushed', branch: 'main' });
    const request = stage.request({
      agent: `echo '${lie}' > "$VERVE_OUT/../publish/outcome.json" || true`,
      publish: 'exit 1',
    });
    await executor.start(request);
    await untilWaiting(executor, request);

    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  });

  test.each([
    ['is no JSON', 'echo "{" > "$VERVE_OUT/outcome.json"'],
    ['is a gibibyte', 'truncate -s 1G "$VERVE_OUT/outcome.json"'],
    ['is a pipe', 'mkfifo "$VERVE_OUT/outcome.json"'],
    ['is a folder', 'mkdir "$VERVE_OUT/outcome.json"'],
    ['is a link to nowhere', 'ln -s /nowhere "$VERVE_OUT/outcome.json"'],
    ['is a link to itself', 'ln -s outcome.json "$VERVE_OUT/outcome.json"'],
    ['may not be read', 'echo "{}" > "$VERVE_OUT/outcome.json"; chmod 000 "$VERVE_OUT/outcome.json"'],
    ['has a file for a folder', 'rm -rf "$VERVE_OUT"; touch "$VERVE_OUT"'],
    ['has a link to itself for a folder', 'rm -rf "$VERVE_OUT"; ln -s "$VERVE_OUT" "$VERVE_OUT"'],
  ])('an outcome that %s is none', async (_what, script) => {
    await using stage = await openStage();
    await using executor = stage.open();
    const request = stage.request({ agent: `${script}; exit 1` });
    await executor.start(request);

    expect(await outcomeOf(executor, request)).toMatchObject({ status: 'failed', reason: 'AgentFailed' });
    await executor.stop(request.spec);
    await executor.remove(request.spec);
    expect(await executor.list()).toEqual([]);
  });
}
