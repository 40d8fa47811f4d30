import { expect, test } from 'vitest';

import type { Bounds } from '../bounds.ts';
import { startHostileRun } from '../testing/hostile-run.ts';

// What an agent may plant in its tree and around it; the phases run after it as if nothing were there.

const evilHooks = `mkdir -p $HOOKS; for hook in pre-commit commit-msg post-commit pre-push post-checkout \
reference-transaction pre-auto-gc post-index-change fsmonitor-watchman; do cp $EVIL $HOOKS/$hook; done`;

const evilConfig = `cat >> $CONFIG <<END
[core]
  fsmonitor = $EVIL
  sshCommand = $EVIL
  gitProxy = $EVIL
  askPass = $EVIL
  pager = $EVIL
  editor = $EVIL
  hooksPath = $RUN/hooks
  alternateRefsCommand = $EVIL
[credential]
  helper = !$EVIL
[diff]
  external = $EVIL
[gpg]
  program = $EVIL
[commit]
  gpgSign = true
[trailer "evil"]
  command = $EVIL
  cmd = $EVIL
[init]
  templateDir = $RUN/hooks
[gc]
  auto = 1
[uploadpack]
  packObjectsHook = $EVIL
END`;

const nested = 'git init -q nested && echo text > nested/file';

const tricks: readonly (readonly [name: string, script: string])[] = [
  ['hooks', `HOOKS=.git/hooks; ${evilHooks}`],
  ['core.hooksPath', `HOOKS=$RUN/hooks; ${evilHooks}; git config core.hooksPath $HOOKS`],
  [
    'core.fsmonitor, core.sshCommand and all other programs of a configuration',
    `CONFIG=.git/config; ${evilConfig}`,
  ],
  ['include.path', `CONFIG=$RUN/included; ${evilConfig}; git config include.path $RUN/included`],
  [
    'filters and attributes',
    `for kind in clean smudge process; do git config filter.evil.$kind $EVIL; done
     git config diff.evil.textconv $EVIL; git config merge.evil.driver $EVIL
     echo '* filter=evil diff=evil merge=evil' | tee .gitattributes > .git/info-attributes
     mkdir -p .git/info; cp .gitattributes .git/info/attributes`,
  ],
  [
    'a replaced origin',
    `git init -q --bare $RUN/elsewhere.git; git remote set-url origin $RUN/elsewhere.git
     git remote set-url --push origin "ext::$EVIL"`,
  ],
  [
    'insteadOf and pushInsteadOf',
    `for file in .git/config ~/.gitconfig $RUN/publish.home/.gitconfig; do
       git config -f $file "url.ext::$EVIL.insteadOf" https://
       git config -f $file "url.file://$RUN/elsewhere.git.pushInsteadOf" https://
     done`,
  ],
  [
    'files in the home of every phase, as of curl, git, ssh and Node',
    `for home in agent checkout publish; do
       home=$RUN/$home.home
       CONFIG=$home/.gitconfig; ${evilConfig}
       printf 'machine localhost login netrc password netrc\\n' > $home/.netrc
       printf 'proxy = http://localhost:1\\n' > $home/.curlrc
       mkdir -p $home/.ssh $home/.config/git $home/.node_modules/zod
       cp $home/.gitconfig $home/.config/git/config
       printf 'Host *\\n ProxyCommand %s\\n' $EVIL > $home/.ssh/config
       echo "require('child_process').execFileSync('$EVIL')" > $home/.node_modules/zod/index.js
     done`,
  ],
  [
    'programs by the names of git and its kin in the tree',
    `mkdir -p node_modules/.bin; for name in git sh node ssh git-remote-https less cat; do
       cp $EVIL $name; cp $EVIL node_modules/.bin/$name; cp $EVIL $RUN/$name; done`,
  ],
  [
    'a template for repositories',
    `HOOKS=$RUN/template/hooks; ${evilHooks}; git config init.templateDir $RUN/template`,
  ],
];

/** The same for what has nothing to do with how the remote is reached. */
const localTricks: readonly (readonly [name: string, script: string])[] = [
  [
    'alternates that lead elsewhere',
    'mkdir -p .git/objects/info; echo /nowhere > .git/objects/info/alternates',
  ],
  ['a shallow file', 'git rev-parse HEAD > .git/shallow'],
  [
    'replace refs and grafts that lie about the history',
    `other=$(git commit-tree -m Other HEAD^{tree}); git replace --graft HEAD $other
     mkdir -p .git/info; echo "$(git rev-parse HEAD) $other" > .git/info/grafts`,
  ],
  ['a stale index.lock', 'touch .git/index.lock .git/HEAD.lock .git/config.lock'],
  ['a broken index', 'echo broken > .git/index'],
  ['a repository in the tree', nested],
  [
    'one with hooks and a configuration',
    `${nested}; HOOKS=nested/.git/hooks; ${evilHooks}; CONFIG=nested/.git/config; ${evilConfig}`,
  ],
  [
    'one without a commit, as a link to elsewhere',
    'mkdir nested; echo text > nested/file; echo "gitdir: /nowhere" > nested/.git',
  ],
  ['files by the names of revisions and options', 'touch HEAD main -- --all -x "refs"'],
  ['names that are no text', 'touch "$(printf "\\377\\n x")"'],
  ['links out of the tree', 'ln -s $RUN/password link; ln -s /etc folder; ln -s $RUN/access.json .mailmap'],
  ['FIFOs', 'mkfifo fifo; mkdir deep; mkfifo deep/fifo'],
  [
    'a FIFO in place of hooks and of locks',
    'mkfifo .git/index.lock .git/hooks 2>/dev/null; mkfifo .git/MERGE_HEAD',
  ],
  [
    'a submodule whose address is a program',
    `printf '[submodule "s"]\\n path = s\\n url = ext::%s\\n' $EVIL > .gitmodules; git add .gitmodules
     git update-index --add --cacheinfo 160000,$(git rev-parse HEAD),s; git commit -qm Submodule; mkdir s
     git config submodule.s.url "ext::$EVIL"; git config submodule.s.update "!$EVIL"
     git config submodule.recurse true; git config push.recurseSubmodules on-demand`,
  ],
  [
    'links by the names of what the runner writes',
    `cd $RUN/agent; for name in work.bundle outcome.json outcome.json.tmp work.bundle.lock; do
       rm -f $name; ln -s $RUN/main-target $name; done; rm work.bundle.lock`,
  ],
];

async function expectPublished(script: string, isLocal: boolean): Promise<void> {
  await using hostile = await startHostileRun({ isLocal });

  const worked = await hostile.work(`echo work > work\n${script}`);
  const outcome = await hostile.publish();

  expect(worked).toMatchObject({ status: 'completed' });
  expect(outcome).toMatchObject({ status: 'completed', reason: 'BranchPushed' });
  expect(hostile.run.git(hostile.run.remote, 'show', `${outcome.commit}:work`)).toBe('work');
  hostile.checkPromise();
}

test.each(tricks)('%s: the work is published as if it were not there', async (_, script) => {
  await expectPublished(script, false);
});

test.each(localTricks)('%s: the work is published as if it were not there', async (_, script) => {
  await expectPublished(script, true);
});

const tight = {
  leftoverFiles: 200,
  treeEntries: 2_000,
  leftoverFileBytes: 1024 * 1024,
  leftoverBytes: 4 * 1024 * 1024,
};

const refusals: readonly (readonly [name: string, script: string, words: string])[] = [
  ['a .git that is a link', 'mv .git ../real; ln -s ../real .git', 'destroyed'],
  ['a .git that leads elsewhere', 'mv .git ../real; echo "gitdir: ../real" > .git', 'destroyed'],
  ['no .git', 'rm -rf .git', 'destroyed'],
  ['a HEAD that leads out', 'echo "ref: refs/../../../password" > .git/HEAD', 'destroyed'],
  ['a HEAD that is a link', 'ln -sf $RUN/password .git/HEAD', 'destroyed'],
  ['a HEAD that is a FIFO', 'rm .git/HEAD; mkfifo .git/HEAD', 'destroyed'],
  ['a rewritten history', 'git commit -q --amend -m Rewritten', 'rewrote history'],
  ['a history of its own', 'git checkout -q --orphan own; git commit -qm Own', 'rewrote history'],
  ['a FIFO as .gitignore', 'mkdir deep; mkfifo deep/.gitignore', 'deep/.gitignore is not a plain file'],
  ['a FIFO as .gitattributes', 'mkfifo .gitattributes', '.gitattributes is not a plain file'],
  ['a FIFO in place of a tracked file', 'rm README.md; mkfifo README.md', 'README.md'],
  ['more new files than are taken', 'mkdir many; cd many; seq 1 300 | xargs touch', 'more than 200'],
  ['more entries than are looked at', 'mkdir many; cd many; seq 1 3000 | xargs touch', 'more than 2000'],
  ['a file of 1 TiB', 'truncate -s 1T large', 'large has 1099511627776 bytes'],
  ['a tracked file of 1 TiB', 'truncate -s 1T README.md', 'README.md has 1099511627776 bytes'],
  ['files too large together', 'for i in 1 2 3 4 5; do truncate -s 900K part$i; done', 'bytes of new files'],
  ['a .GIT', 'mkdir .GIT; cp .git/config .GIT/config', '.GIT'],
];

async function expectRefused(script: string, words: string, bounds: Partial<Bounds>): Promise<void> {
  await using hostile = await startHostileRun({ isLocal: true, bounds });

  const outcome = await hostile.work(`echo work > work\n${script}`);

  expect(outcome).toMatchObject({ status: 'failed', reason: 'AgentFailed' });
  expect(outcome.message).toContain(words);
  hostile.checkPromise();
}

test.each(refusals)('%s: the attempt fails and says why', async (_, script, words) => {
  await expectRefused(script, words, tight);
});

test('objects that are FIFOs: the attempt fails when git has waited for long enough, and says why', async () => {
  const script =
    'mv .git/objects/pack $RUN/pack; cat $RUN/pack/*.pack | git unpack-objects -q; ' +
    'for f in $(find .git/objects -type f); do rm -f $f; mkfifo $f; done';

  await expectRefused(script, 'timed out', { localGitMs: 3_000 });
});

test('the program that leaves traces does, when something runs it, and so does a secret that gets out', async () => {
  await using ran = await startHostileRun({ isLocal: true });
  await using leaked = await startHostileRun({ isLocal: true });

  await ran.work('$EVIL < /dev/null');
  await leaked.work('cp $RUN/password copy');

  expect(() => ran.checkPromise()).toThrow('nothing planted ran');
  expect(() => leaked.checkPromise()).toThrow('expected [ …(2) ]');
});
