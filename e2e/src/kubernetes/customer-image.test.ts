import { randomBytes } from 'node:crypto';

import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

import { ask } from '../images/docker.ts';
import { skipWithout, thisMachine, whyMissing } from '../requirements.ts';
import { scenario } from './scenario.ts';
import { kubernetesDefaults, secretKey } from './worker-values.ts';
import { scriptAgent, type ClusterWorld } from './world.ts';

// Images of a customer for the agent phase, from a registry that the cluster pulls from.

const registry = process.env['VERVE_TEST_REGISTRY'];
const tag = randomBytes(4).toString('hex');
const withJdk = `${registry}/verve-e2e/jdk:${tag}`;
const withoutRunner = `${registry}/verve-e2e/plain:${tag}`;
const withoutGit = `${registry}/verve-e2e/no-git:${tag}`;
const withoutLibrary = `${registry}/verve-e2e/no-library:${tag}`;
const dockerfiles = {
  [withJdk]: `
FROM debian:bookworm-slim
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates default-jdk-headless git
COPY --from=${kubernetesDefaults.image} /verve /verve
`,
  [withoutRunner]: 'FROM debian:bookworm-slim',
  [withoutLibrary]: `
FROM scratch
COPY --from=${kubernetesDefaults.image} /verve /verve
`,
  [withoutGit]: `
FROM debian:bookworm-slim
COPY --from=${kubernetesDefaults.image} /verve /verve
RUN mkdir /workspace && touch /workspace/hidden
`,
};

const settings = {
  kubernetes: { graceSeconds: 5 },
  agents: [{ ...scriptAgent, environmentFrom: { MODEL_KEY: secretKey('model-key') }, image: withJdk }],
};

interface Findings {
  readonly ok: boolean;
  readonly findings: readonly {
    readonly check: string;
    readonly state: string;
    readonly message: string;
    readonly fix?: string;
  }[];
}

const why = [
  whyMissing('docker', thisMachine),
  ...(registry === undefined ? ['VERVE_TEST_REGISTRY does not name a registry'] : []),
].find((reason) => reason !== undefined);

/** Asks the worker's own pod; it ends with 1 when something failed. */
async function doctor({ kubectl }: ClusterWorld, ...args: string[]): Promise<Findings> {
  const command = `verve-worker doctor --json "$@" || [ $? = 1 ]`;
  return JSON.parse(
    await kubectl.run(['exec', 'deploy/verve-worker', '--', 'sh', '-c', command, 'sh', ...args]),
  );
}

describe('an image of a customer', { timeout: 600_000 }, () => {
  beforeAll(async () => {
    if (why !== undefined) return;
    for (const [name, dockerfile] of Object.entries(dockerfiles)) {
      await ask(['build', '--tag', name, '-'], dockerfile);
      await ask(['push', name]);
    }
  }, 600_000);
  afterAll(async () => {
    if (why === undefined) await ask(['image', 'rm', ...Object.keys(dockerfiles)]);
  });
  beforeEach((context) => {
    skipWithout('docker', context);
    if (registry === undefined) context.skip(why);
  });

  const secrets = { 'model-key': 'the-key-of-the-model-host' };
  scenario('images of a customer', { settings, secrets }, (here) => {
    test('with a JDK compiles and runs Java on the way to a pull request', async () => {
      const repository = await here().makeRepository();
      const script = `
echo 'class Hello { public static void main(String[] a) { System.out.println("from Java"); } }' > Hello.java
javac -d "$TMPDIR/classes" Hello.java && java -cp "$TMPDIR/classes" Hello > hello.txt && cat hello.txt`;

      const task = await here().perform(repository, script);

      expect(task).toMatchObject({ status: 'completed', reason: 'PullRequestOpened' });
      expect(await here().log(task.id)).toContain('from Java');
    });

    test('keeps every requirement, and doctor says so for each', async () => {
      const { ok, findings } = await doctor(here(), 'image', withJdk);

      expect(findings.filter(({ state }) => state === 'failed')).toEqual([]);
      expect(findings).toMatchObject([
        {
          check: 'image 1',
          state: 'ok',
          message: expect.stringMatching(/^\/verve has the runner, with Node 24/),
        },
        { check: 'image 2', state: 'ok', message: expect.stringMatching(/^glibc 2\.36/) },
        { check: 'image 3', state: 'ok', message: expect.stringMatching(/^git 2\.39\.\d+ in \/usr\/bin$/) },
        {
          check: 'image 4',
          state: 'warning',
          message: expect.stringContaining('no program of a coding agent'),
        },
        {
          check: 'image 5',
          state: 'ok',
          message: expect.stringContaining('as user 1000, on a root file system'),
        },
        { check: 'agent', state: 'ok', message: '"script"' },
      ]);
      expect(ok).toBe(true);
    });

    test('without the runner is told as such', async () => {
      const { ok, findings } = await doctor(here(), 'image', withoutRunner);

      expect({ ok, findings }).toMatchObject({
        ok: false,
        findings: [
          {
            check: 'image 1',
            state: 'failed',
            message: expect.stringContaining('does not have the runner below /verve'),
            fix: expect.stringContaining('COPY --from=verve-agent /verve /verve'),
          },
        ],
      });
    });

    test('without the C library is told as such', async () => {
      const { findings } = await doctor(here(), 'image', withoutLibrary);

      expect(findings).toMatchObject([
        { check: 'image 2', state: 'failed', message: expect.stringContaining('the runner does not start') },
      ]);
    });

    test('without git, and with files that runs do not see, is told so', async () => {
      const { findings } = await doctor(here(), 'image', withoutGit);

      const bad = findings.filter(({ state }) => state !== 'ok');
      expect(bad).toMatchObject([
        { check: 'image 3', state: 'failed', message: expect.stringContaining('there is no git on PATH') },
        {
          check: 'image 4',
          state: 'warning',
          message: expect.stringContaining('no program of a coding agent'),
        },
        { check: 'image 5', state: 'warning', message: '/workspace/hidden of the image is hidden from runs' },
      ]);
    });

    test('that is nowhere is told as such', async () => {
      const { findings } = await doctor(here(), 'image', `${registry}/verve-e2e/none:${tag}`);

      expect(findings).toMatchObject([
        { check: 'image', state: 'failed', message: expect.stringMatching(/cannot be pulled: .*not found/) },
      ]);
    });

    test('is asked by doctor for the agent that has it, and nothing stays', async () => {
      const { findings } = await doctor(here());

      expect(findings).toContainEqual({ check: 'agent', state: 'ok', message: '"script"' });
      const left = await here().kubectl.run(['get', 'jobs,secrets', '--output', 'name']);
      expect(left).not.toContain('verve-check-');
    });
  });
});
