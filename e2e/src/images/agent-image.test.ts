import { beforeAll, beforeEach, expect, test, vi } from 'vitest';

import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { buildImages, imageOf } from './built-images.ts';
import { ask, docker, hardened } from './docker.ts';

// The runner in our image, and in one of a customer's that takes it by one line (docs/agent-image.md).

vi.setConfig({ testTimeout: 120_000 });

const customers = 'verve-e2e-customer:e2e';
const customersDockerfile = `
FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends git
COPY --from=${imageOf('agent')} /verve /verve
`;

beforeAll(async () => {
  if (whyMissing('docker', thisMachine)) return;
  await buildImages('agent');
  await ask(['build', '--tag', customers, '-'], customersDockerfile);
}, 1_200_000);
beforeEach((context) => skipWithout('docker', context));

/** A whole run on a repository of its own, as an executor has it run: each phase with its folders. */
const wholeRun = `
set -e
mkdir -p /tmp/home /tmp/checkout /tmp/agent /tmp/publish && cd /tmp && export HOME=/tmp/home
export VERVE_TASK_FILE=/tmp/task.json VERVE_TREE=/tmp/tree VERVE_CHECKOUT_OUT=/tmp/checkout VERVE_AGENT_OUT=/tmp/agent
cat > task.json <<'END'
${JSON.stringify({
  taskId: 'tsk_01kar2tyhdfn8sfm6b27rnyz9a',
  attempt: 1,
  title: 'Add a greeting',
  description: 'Add a greeting',
  repository: 'file:///tmp/remote.git',
  branch: 'verve/e2e',
  author: { name: 'Verve', email: 'noreply@verve.invalid' },
  agent: { name: 'demo', driver: 'demo' },
  forge: { kind: 'none' },
  mayChangeWorkflows: false,
  logLevel: 'full',
})}
END
git init --quiet --bare --initial-branch=main remote.git
tree=$(git -C remote.git hash-object -t tree -w /dev/null)
export GIT_AUTHOR_NAME=A GIT_AUTHOR_EMAIL=a@verve.invalid GIT_COMMITTER_NAME=A GIT_COMMITTER_EMAIL=a@verve.invalid
git -C remote.git update-ref refs/heads/main "$(git -C remote.git commit-tree "$tree" -m Begin)"
for phase in checkout agent publish; do
  VERVE_OUT=/tmp/$phase /verve/bin/verve-agent $phase >&2
done
git -C remote.git log -1 --format='%s, by %an as %cn' verve/e2e
id -u
`;

const places = ['--tmpfs=/tmp:mode=1777', '--network=none'];

test.each([
  ["Verve's own image", imageOf('agent'), '1000'],
  ["a customer's image", customers, '1000'],
  ["a customer's image, as a user that nobody knows", customers, '12345'],
])('a whole run in %s makes a branch, on a root that is read only', async (_, image, user) => {
  const start = ['--entrypoint', '/verve/bin/tini', image, '--', 'sh', '-s'];

  const ended = await docker(
    ['run', '--rm', '--interactive', ...hardened, ...places, '--user', user, ...start],
    wholeRun,
  );

  expect(ended).toMatchObject({ code: 0, out: `Add a greeting, by Verve as Verve\n${user}\n` });
});

test('the runner of a customer’s image starts without a shell and with any PATH', async () => {
  const start = ['--env=PATH=/nowhere', '--entrypoint=/verve/bin/tini', customers, '--'];

  const usage = await docker(['run', '--rm', ...hardened, ...start, '/verve/bin/verve-agent']);
  const check = await ask(
    ['run', '--rm', '--interactive', ...hardened, ...places, ...start, '/verve/bin/verve-agent', 'check'],
    JSON.stringify({ agent: { name: 'demo', driver: 'demo' } }),
  );

  expect(usage).toMatchObject({ code: 2, err: expect.stringMatching(/^usage: verve-agent/) });
  expect(JSON.parse(check)).toEqual({});
});

test('all libraries that its Node is linked with are there', async () => {
  const libraries = await ask(['run', '--rm', '--entrypoint=ldd', customers, '/verve/bin/node']);

  expect(libraries).toContain('libstdc++.so.6 => /');
  expect(libraries).not.toContain('not found');
});

test('processes that lost their parent are reaped', async () => {
  const untilNoneIsLeft =
    '(sleep 0.1 &); (sleep 0.2 &); while grep -qs "^Name:.sleep" /proc/[0-9]*/status; do :; done; echo none';
  const start = ['--entrypoint=/verve/bin/tini', imageOf('agent'), '--', 'sh', '-c', untilNoneIsLeft];

  expect(await ask(['run', '--rm', ...hardened, ...start])).toBe('none');
});
