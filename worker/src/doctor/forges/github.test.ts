import { expect, test } from 'vitest';

import type { WorkerSettings } from '../../config.ts';
import { startFakeGitHub, type FakeGitHub } from '../../testing/fake-github.ts';
import { forgeEntry, secretFile, settingsWith } from '../../testing/forge-settings.ts';
import { temporaryFolder } from '../../testing/run.ts';
import { checkForges } from '../forge.ts';

const app = 'https://github.com/acme/app';
const granted = { metadata: 'read', contents: 'write', pull_requests: 'write' };

interface Stage {
  readonly folder: string;
  readonly github: FakeGitHub;
}

async function findings({ github }: Stage, settings: WorkerSettings): Promise<readonly string[]> {
  const found = await checkForges(settings, new AbortController().signal);
  expect(found.every(({ state, fix }) => state === 'ok' || fix !== undefined)).toBe(true);
  return found.map(({ state, message }) => `${state}: ${message.replace(github.url, '')}`);
}

function withToken({ folder, github }: Stage, repositories: readonly string[]): WorkerSettings {
  const tokenFile = secretFile(folder, 'token', 't');
  const entry = forgeEntry({ prefix: 'https://github.com', apiUrl: github.url, tokenFile });
  return settingsWith({ forges: [entry], repositories: [...repositories], mayChangeWorkflows: true });
}

function withApp({ folder, github }: Stage, given: Partial<WorkerSettings> = {}): WorkerSettings {
  const privateKeyFile = secretFile(folder, 'app.pem', github.privateKey);
  const access = { apiUrl: github.url, app: { appId: github.appId, privateKeyFile } };
  return settingsWith({ forges: [forgeEntry({ prefix: 'https://github.com/acme', ...access })], ...given });
}

test('a classic token is held against the scopes that it needs, and told when it ends soon', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const stage = { folder: folder.path, github };
  const ends = new Date(Date.now() + 3.5 * 86_400_000);
  github.userTokens.set('t', {
    login: 'verve-bot',
    scopes: ['public_repo', 'gist'],
    expiresAt: `${ends.toISOString().slice(0, 19).replace('T', ' ')} UTC`,
  });

  const poor = await findings(stage, withToken(stage, ['https://github.com/acme/*']));
  github.userTokens.set('t', { login: 'verve-bot', scopes: ['repo', 'workflow'] });
  const rich = await findings(stage, withToken(stage, []));
  github.userTokens.set('t', { login: 'verve-bot', scopes: [] });
  const bare = await findings(stage, withToken(stage, []));

  expect(poor).toEqual([
    'ok: /user: "verve-bot", a classic token with the scopes "public_repo, gist"',
    'warning: /user: the token reaches public repositories alone',
    'failed: /user: "mayChangeWorkflows" is set and the token lacks the scope workflow',
    `warning: /user: the token ends on ${ends.toISOString().slice(0, 10)}, in 3 days`,
  ]);
  expect(rich).toEqual(['ok: /user: "verve-bot", a classic token with the scopes "repo, workflow"']);
  expect(bare).toContain('failed: /user: the token lacks the scope repo');
});

test('of a fine-grained token its user is asked about, for repositories that are named whole', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const stage = { folder: folder.path, github };
  const may = { admin: false, pull: true };
  github.userTokens.set('t', { login: 'verve-bot' });
  github.repositories.set('acme/app', { permissions: { ...may, push: true } });
  github.repositories.set('acme/old', { permissions: { ...may, push: false }, archived: true });
  const names = ['app', 'old', 'none'].map((name) => `https://github.com/acme/${name}`);

  const named = await findings(stage, withToken(stage, [...names, 'https://github.com/acme']));
  const unnamed = await findings(stage, withToken(stage, ['https://github.com/**']));
  github.userTokens.clear();
  const unknown = await findings(stage, withToken(stage, []));

  expect(named).toEqual([
    'ok: /user: "verve-bot"; what a fine-grained token may do cannot be asked, so only its user was asked about',
    `ok: ${app}: the user of the token may push`,
    'failed: https://github.com/acme/old is archived',
    'failed: https://github.com/acme/old: the user of the token may not push',
    'failed: https://github.com/acme/none: there is no such repository for the token',
    'failed: https://github.com/acme does not end in owner and name',
  ]);
  expect(unnamed[0]).toMatch(/^ok: .* cannot be asked, and no repository is named whole$/);
  expect(unknown).toEqual(['failed: /user does not accept the token (401)']);
});

const pullRequest = {
  draft: false,
  labels: [],
  reviewers: ['ada', 'eve', 'acme/core', 'acme/none'],
  assignees: ['eve'],
};

test('users and teams that a token is not shown are warned of', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const stage = { folder: folder.path, github };
  github.userTokens.set('t', { login: 'verve-bot', scopes: ['repo', 'workflow'] });
  github.users.add('ada').add('acme/core');
  const settings = withToken(stage, []);
  const forges = settings.forges.map((entry) => ({ ...entry, pullRequest }));

  expect((await findings(stage, { ...settings, forges })).slice(1)).toEqual([
    'ok: : there is the user "ada"',
    'warning:  shows no user "eve"',
    'ok: : there is the team "acme/core"',
    'warning:  shows no team "acme/none"',
  ]);
});

test('an App looks for users by any installation, and for teams by one that may see members', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const stage = { folder: folder.path, github };
  const permissions = { ...granted, issues: 'write' };
  github.permissions = { ...permissions, members: 'read' };
  github.users.add('ada').add('acme/core');
  const settings = withApp(stage);
  const withPeople = {
    ...settings,
    forges: settings.forges.map((entry) => ({ ...entry, pullRequest })),
  };
  const others = { id: 1, account: 'others', repositories: [], permissions };
  const acme = { id: 2, account: 'acme', repositories: ['app'], permissions };

  github.installations = [others, { ...acme, permissions: github.permissions }];
  const seen = await findings(stage, withPeople);
  github.installations = [others, acme];
  const unseen = await findings(stage, withPeople);
  github.installations = [];
  const nowhere = await findings(stage, withPeople);

  expect(seen.slice(2)).toEqual([
    'ok: : there is the user "ada"',
    'warning:  shows no user "eve"',
    'ok: : there is the team "acme/core"',
    'warning:  shows no team "acme/none"',
  ]);
  expect(unseen.slice(1)).toEqual([
    'failed: the installation of the GitHub App 4711 for acme lacks "Members: Read-only"',
    'ok: : there is the user "ada"',
    'warning:  shows no user "eve"',
    'ok:  does not say whether there is the team "acme/core"',
    'ok:  does not say whether there is the team "acme/none"',
  ]);
  expect(nowhere.slice(1)).toEqual(['failed: the App 4711 is not installed on acme']);
});

test('an App is told where it is installed, and what each installation lacks', async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const stage = { folder: folder.path, github };
  const one = { account: 'acme', repositories: ['app'], permissions: granted };
  github.installations = [
    { ...one, id: 1 },
    { ...one, id: 2, account: 'others', permissions: {} },
  ];
  const everywhere = (repositories: readonly string[]): WorkerSettings => {
    const settings = withApp(stage, { repositories: [...repositories] });
    return {
      ...settings,
      forges: settings.forges.map((entry) => ({ ...entry, prefix: 'https://github.com' })),
    };
  };
  const whole = { repositories: [app, 'https://github.com/acme/site'] };

  const byOwner = await findings(stage, withApp(stage));
  const byPatterns = await findings(
    stage,
    everywhere(['https://github.com/Acme/**', 'https://github.com/new/*']),
  );
  const byNothing = await findings(stage, everywhere(['https://github.com/**']));
  const byRepository = await findings(stage, withApp(stage, whole));
  const lacking = await findings(stage, withApp(stage, { mayChangeWorkflows: true }));
  github.installations = [{ ...one, id: 1, isSuspended: true }];
  const suspended = await findings(stage, withApp(stage));
  github.installations = [];
  const nowhere = await findings(stage, withApp(stage));

  expect(byOwner).toEqual([
    'ok: /app: the App "Verve"',
    'ok: the App is installed on acme, with all rights that it needs',
  ]);
  expect(byPatterns.slice(1)).toEqual([byOwner[1], 'failed: the App 4711 is not installed on new']);
  expect(byNothing.slice(1)).toEqual([byOwner[1], expect.stringMatching(/^failed: .* for others lacks/)]);
  expect(byRepository.slice(1)).toEqual([
    `ok: ${app}: the App is installed there, with all rights that it needs`,
    expect.stringMatching(/^failed: the GitHub App 4711 is not installed on acme\/site, or there is no/),
  ]);
  expect(lacking.slice(1)).toEqual([
    'failed: /app: the App lacks "Workflows: Read and write"',
    'failed: the installation of the GitHub App 4711 for acme lacks "Workflows: Read and write"',
  ]);
  expect(suspended[1]).toBe('failed: the installation of the GitHub App 4711 for acme is suspended');
  expect(nowhere[1]).toBe('failed: the App 4711 is not installed on acme');
});

test("another App's number, a clock that is wrong and a forge that is away are told", async () => {
  await using folder = temporaryFolder();
  await using github = await startFakeGitHub();
  const stage = { folder: folder.path, github };
  github.installations = [{ id: 1, account: 'acme', repositories: ['app'], permissions: granted }];
  const settings = withApp(stage);
  const [forge] = settings.forges;
  const privateKeyFile = secretFile(folder.path, 'app.pem', github.privateKey);
  const forges = [{ ...forge, prefix: 'https://github.com', app: { appId: 1, privateKeyFile } }].map(
    forgeEntry,
  );

  const stranger = await findings(stage, { ...settings, forges });
  github.skewMs = 3_600_000;
  const skewed = await findings(stage, settings);
  github.skewMs = 0;
  github.failures = 1;
  const away = await findings(stage, settings);

  expect(stranger).toEqual([expect.stringMatching(/^failed: GitHub has no App 1 \(/)]);
  expect(skewed[1]).toMatch(/^warning: the clock of this machine is not that of/);
  expect(away).toEqual([expect.stringMatching(/^failed: .* answers 503: Service unavailable/)]);
});
