import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  copyFileSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { startHostileRun, type HostileRun } from '../testing/hostile-run.ts';

// What may lie where publish looks for the agent's work, once the agent phase was taken over altogether.

type Plant = (hostile: HostileRun) => void;

/** A plant by a shell in the tree, with the bundle as `$BUNDLE`. */
function shell(script: string): Plant {
  return ({ run, bundle, evil }) => {
    const env = {
      PATH: process.env['PATH'],
      HOME: join(run.folder, 'agent.home'),
      GIT_CONFIG_GLOBAL: '/dev/null',
      BUNDLE: bundle,
      RUN: run.folder,
      EVIL: evil,
    };
    execFileSync('sh', ['-ec', script], { cwd: join(run.folder, 'tree'), env, stdio: 'pipe' });
  };
}

/** Bundles what is at `work` in the tree. */
const bundle = 'rm -f $BUNDLE; git bundle create -q --version=2 $BUNDLE refs/heads/work';
const base = 'refs/remotes/origin/main';

const refused: readonly (readonly [name: string, plant: Plant, words: string])[] = [
  ['none', ({ bundle }) => rmSync(bundle), 'there is no bundle'],
  ['an empty file', ({ bundle }) => writeFileSync(bundle, ''), 'not a bundle'],
  ['a file that leads elsewhere', shell('echo "gitdir: $RUN/tree/.git" > $BUNDLE'), 'not a bundle'],
  ['a repository', shell('rm $BUNDLE; git init -q --bare $BUNDLE'), 'not a plain file'],
  ['a repository beside it', shell('rm $BUNDLE; git init -q --bare $BUNDLE.git'), 'there is no bundle'],
  ['a link', shell('mv $BUNDLE $RUN/real; ln -s $RUN/real $BUNDLE'), 'cannot be opened (ELOOP)'],
  ['a link to a secret', shell('ln -sf $RUN/password $BUNDLE'), 'cannot be opened (ELOOP)'],
  ['a second name of a file', shell('ln $BUNDLE $RUN/second'), 'not a plain file'],
  ['a second name of a secret', shell('ln -f $RUN/access.json $BUNDLE'), 'not a plain file'],
  ['a FIFO', shell('rm $BUNDLE; mkfifo $BUNDLE'), 'not a plain file'],
  ['a device', shell('rm $BUNDLE; ln -s /dev/zero $BUNDLE'), 'cannot be opened (ELOOP)'],
  ['a file of 1 TiB', shell('truncate -s 1T $BUNDLE'), 'not a plain file'],
  [
    'a folder that is a link',
    shell('mv $RUN/agent $RUN/real; ln -s real $RUN/agent'),
    'its folder cannot be opened',
  ],
  ['another version of the format', shell('sed -i "1s/v2/v3/" $BUNDLE'), 'not a bundle of version 2'],
  [
    'a header without an end',
    shell(
      'printf "# v2 git bundle\\n" > $BUNDLE; yes "$(git rev-parse HEAD) refs/heads/work" | head -c 4M >> $BUNDLE',
    ),
    'not a bundle',
  ],
  ['a second ref', shell(`git branch work; git branch second; ${bundle} second`), 'one ref'],
  ['a tag', shell(`git branch work; git tag v1; ${bundle} v1`), 'one ref'],
  [
    'a replace ref',
    shell(
      `git checkout -qB work; git ${id()} commit -q --allow-empty -m One; git replace --graft work; ${bundle} $(git for-each-ref --format='%(refname)' refs/replace)`,
    ),
    'one ref',
  ],
  [
    'a ref of another name',
    shell(`git branch evil; ${bundle.replace('heads/work', 'heads/evil')}`),
    'one ref',
  ],
  [
    'a pack that is cut',
    ({ bundle }) => writeFileSync(bundle, readFileSync(bundle).subarray(0, -30)),
    'early EOF',
  ],
  ['a pack that is damaged', ({ bundle }) => damage(bundle), 'pack has bad object'],
  [
    'a tip that is not in the pack',
    shell(`sed -i "s/^[0-9a-f]\\{40\\} refs/${'1'.repeat(40)} refs/" $BUNDLE`),
    'is not a commit',
  ],
  [
    'a tip that is a tag',
    shell(
      `git tag -am Tag -f work; git update-ref refs/heads/work $(git rev-parse HEAD); ${tipOf('refs/tags/work')}`,
    ),
    'is not a commit',
  ],
  ['the base itself as its tip', shell(`git branch -f work ${base}; ${bundle}`), 'does not descend'],
  [
    'another history',
    shell(`git checkout -q --orphan work; git ${id()} commit -qm Other; ${bundle}`),
    'does not descend',
  ],
  [
    'a part of the objects',
    shell(
      `git checkout -qB work; echo 1 > one; git add one; git ${id()} commit -qm One; echo 2 > two; git add two; git ${id()} commit -qm Two; rm $BUNDLE; git bundle create -q --version=2 $BUNDLE refs/heads/work ^work~`,
    ),
    'did not receive expected object',
  ],
  ['a tree with .git in it', shell(`${treeWith('.git')}; ${bundle}`), 'hasDotgit'],
  ['a tree with .GIT in it', shell(`${treeWith('.GIT')}; ${bundle}`), 'hasDotgit'],
  ['a tree with .. in it', shell(`${treeWith('..')}; ${bundle}`), 'hasDotdot'],
  [
    'a submodule whose address is an option',
    shell(
      `printf '[submodule "s"]\\n path = s\\n url = -u%s\\n' $EVIL > .gitmodules; git checkout -qB work; git add .gitmodules; git ${id()} commit -qm Sub; ${bundle}`,
    ),
    'gitmodulesUrl',
  ],
];

function id(): string {
  return '-c user.name=x -c user.email=x';
}

/** A commit on the base whose tree has an entry that no checkout would make. */
function treeWith(name: string): string {
  return `blob=$(echo x | git hash-object -w --stdin)
    tree=$(printf '100644 blob %s\\t%s\\n' $blob config | git mktree)
    tree=$(printf '040000 tree %s\\t%s\\n' $tree ${name} | git mktree)
    git update-ref refs/heads/work $(git ${id()} commit-tree -p ${base} -m Planted $tree)`;
}

function tipOf(ref: string): string {
  return `rm -f $BUNDLE; git bundle create -q --version=2 $BUNDLE ${ref}; sed -i "s#refs/tags/work#refs/heads/work#" $BUNDLE`;
}

function damage(path: string): void {
  const bytes = readFileSync(path);
  const middle = bytes.length - 60;
  bytes.writeUInt8(bytes.readUInt8(middle) ^ 0xff, middle);
  writeFileSync(path, bytes);
}

test.each(refused)('a bundle that is %s is refused', async (_, plant, words) => {
  await using hostile = await startHostileRun({ isLocal: true });
  await hostile.work('echo work > work');
  plant(hostile);

  const outcome = await hostile.publish();

  expect(outcome).toMatchObject({ status: 'failed', reason: 'PublishFailed' });
  expect(outcome.message).toContain(words);
  expect(hostile.run.git(hostile.run.remote, 'for-each-ref', '--format=%(refname)')).toBe('refs/heads/main');
  hostile.checkPromise();
});

const lies = {
  status: 'completed',
  branch: 'main',
  commit: 'f'.repeat(40),
  pullRequestUrl: 'https://evil.example',
  usage: { costUsd: 0.5 },
  summary: 'x'.repeat(500_000),
};

test.each([
  ['lies', (path) => writeFileSync(path, JSON.stringify(lies))],
  ['is no JSON', (path) => writeFileSync(path, '{')],
  ['is of another form', (path) => writeFileSync(path, '{"usage": "much"}')],
  ['has 1 GiB', (path) => truncateSync(path, 2 ** 30)],
  ['is a link', (path) => (renameSync(path, `${path}.real`), symlinkSync(`${path}.real`, path))],
  ['is a FIFO', (path) => (rmSync(path), execFileSync('sh', ['-c', 'mkfifo "$0"', path]))],
  ['is not there', (path) => rmSync(path)],
] satisfies [string, (path: string) => unknown][])(
  'an outcome that %s changes nothing of what is published',
  async (_, plant) => {
    await using hostile = await startHostileRun({ isLocal: true });
    await hostile.work('echo work > work');
    const head = /[0-9a-f]{40}/.exec(
      readFileSync(hostile.bundle, 'latin1')
        .split('\n')
        .find((line) => line.endsWith(' refs/heads/work')) ?? '',
    )?.[0];
    plant(join(hostile.run.folder, 'agent', 'outcome.json'));

    const outcome = await hostile.publish();

    expect(outcome).toMatchObject({ reason: 'BranchPushed', branch: hostile.run.spec.branch, commit: head });
    expect(outcome.pullRequestUrl).toBeUndefined();
    hostile.checkPromise();
  },
);

test('a process that survived the agent phase and swaps bundles gets nothing but one of them published', async () => {
  await using hostile = await startHostileRun();
  const { run, bundle: path } = hostile;
  await hostile.work('echo one > work');
  copyFileSync(path, join(run.folder, 'good'));
  shell(`git checkout -q --orphan work; git ${id()} commit -qm Other; ${bundle}; cp $BUNDLE $RUN/bad`)(
    hostile,
  );
  // Of another session and with nothing in its environment, as nothing but the end of its container would end it.
  const swap = 'while :; do for name in good bad; do cp $0/$name $0/new && mv $0/new $1; done; done';
  const survivor = spawn('sh', ['-c', swap, run.folder, path], {
    detached: true,
    env: { PATH: process.env['PATH'] },
    stdio: 'ignore',
  });

  try {
    for (let round = 0; round < 3; round++) {
      const outcome = await hostile.publish();
      expect(['BranchPushed', 'PublishFailed']).toContain(outcome.reason);
      hostile.checkPromise();
    }
  } finally {
    process.kill(-Number(survivor.pid), 'SIGKILL');
    await once(survivor, 'exit');
  }
}, 600_000);

test('a bundle that brings more than the base has of its own branch is published on the own branch alone', async () => {
  await using hostile = await startHostileRun({ isLocal: true });
  await hostile.work(
    'git checkout -qb main2; git commit -q --allow-empty -m "Push me to main"; git branch -f main',
  );

  expect(await hostile.publish()).toMatchObject({ reason: 'BranchPushed', branch: hostile.run.spec.branch });
  hostile.checkPromise();
});
