import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import type { PhaseOutcome, RunAccess, RunSpec } from '@verve/contract';

import { readPhaseInput, type PhaseInput } from '../../config.ts';
import { publishAt } from '../../forge.ts';
import { forgeOf } from '../../forges.ts';
import type { Repetition } from '../../retry.ts';
import { createCertificate } from '../../testing/certificate.ts';
import type { FakeForge } from '../../testing/fake-forge.ts';
import { sampleSpec } from '../../testing/sample-spec.ts';
import type { ForgeWorld } from './forge-world.ts';

/** What a publish is told besides the spec. */
interface Said {
  readonly summary?: string;
  readonly base?: string;
  readonly commit?: string;
  /** For what may be passing trouble, ms. */
  readonly forMs?: number;
}

/** One task whose work is pushed, at a fake forge. */
export interface Publishing extends AsyncDisposable {
  readonly fake: FakeForge;
  readonly folder: string;
  readonly spec: RunSpec;
  /** What the log was told. */
  readonly told: string[];
  readonly tokenFile: string;
  /** Beside the token. */
  access: Partial<RunAccess>;
  environment: Readonly<Record<string, string>>;
  publish(spec?: Partial<RunSpec>, said?: Said): Promise<PhaseOutcome>;
}

/** As much of a world as publishing takes. */
type PublishingWorld = Pick<ForgeWorld, 'kind' | 'repository' | 'start'>;

/** Pushes and publishes at a world's fake. Disposed, it throws where anything was not as the API is described. */
export async function startPublishing(world: PublishingWorld, isSecure = false): Promise<Publishing> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-forge-test-'));
  const certificate = isSecure ? createCertificate() : undefined;
  if (certificate) writeFileSync(join(folder, 'authority.pem'), certificate.cert);
  const fake = await world.start(certificate);
  const tokenFile = join(folder, 'token');
  writeFileSync(tokenFile, 'first-token\n');
  const { kind, repository } = world;
  let spec = sampleSpec({ repository, forge: { kind, apiUrl: fake.apiUrl } });
  const publishing: Publishing = {
    fake,
    folder,
    get spec() {
      return spec;
    },
    told: [],
    tokenFile,
    access: {},
    environment: {},
    async publish(more = {}, said = {}) {
      const { summary, base = 'main', commit = 'c'.repeat(40), forMs = 3_600_000 } = said;
      spec = { ...spec, ...more };
      fake.branches.set(spec.branch, commit);
      const access = { credentials: [], forgeTokenFile: tokenFile, ...publishing.access };
      writeFileSync(join(folder, 'access.json'), JSON.stringify(access));
      const work = { spec, base: { branch: base, commit: 'b'.repeat(40), shallow: [] }, commit, summary };
      const input = inputOf({ folder, spec, environment: publishing.environment });
      const repetition = repetitionFor(forMs, publishing.told);
      return publishAt(forgeOf(input), { ...work, subjects: ['Say hello'] }, repetition);
    },
    async [Symbol.asyncDispose]() {
      rmSync(folder, { recursive: true, force: true });
      await fake[Symbol.asyncDispose]();
      if (fake.violations.length > 0) throw new Error(fake.violations.join('\n'));
    },
  };
  return publishing;
}

interface Told {
  readonly folder: string;
  readonly spec: RunSpec;
  readonly environment: Readonly<Record<string, string>>;
}

function inputOf({ folder, spec, environment }: Told): PhaseInput {
  const taskFile = join(folder, 'task.json');
  writeFileSync(taskFile, JSON.stringify(spec));
  return readPhaseInput({
    ...environment,
    PATH: '/usr/bin',
    HOME: folder,
    TMPDIR: folder,
    VERVE_TASK_FILE: taskFile,
    VERVE_ACCESS_FILE: join(folder, 'access.json'),
    VERVE_TREE: folder,
    VERVE_OUT: folder,
    VERVE_CHECKOUT_OUT: folder,
    VERVE_AGENT_OUT: folder,
  });
}

function repetitionFor(forMs: number, told: string[]): Repetition {
  return {
    untilMs: performance.now() + forMs,
    firstPauseMs: 20,
    longestPauseMs: 50,
    whyTransient: async () => undefined,
    tell: (text) => void told.push(text),
    signal: new AbortController().signal,
  };
}
