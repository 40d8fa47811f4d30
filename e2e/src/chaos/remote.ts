import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A real git repository that remembers each push, and can be away. */
export interface Remote {
  readonly url: string;
  /** Refuses every push until it is back. */
  setAway(isAway: boolean): void;
  /** The commits that a branch has pointed at, oldest first. */
  pushesTo(branch: string): readonly string[];
}

/** The hooks of the repository: they alone see all that anybody pushes. */
const preReceive = '#!/bin/sh\nif test -e away; then echo "the forge is away: error: 503" >&2; exit 1; fi\n';
const postReceive = '#!/bin/sh\nwhile read -r old new ref; do echo "$ref $new" >> pushes; done\n';

/** Makes it with one commit on `main`. */
export function makeRemote(folder: string): Remote {
  const path = join(folder, 'remote.git');
  const seed = join(folder, 'seed');
  mkdirSync(seed, { recursive: true });
  git(folder, 'init', '--quiet', '--bare', '--initial-branch=main', path);
  git(seed, 'init', '--quiet', '--initial-branch=main');
  git(seed, 'commit', '--quiet', '--allow-empty', '-m', 'Begin');
  git(seed, 'push', '--quiet', path, 'main');
  writeFileSync(join(path, 'hooks', 'pre-receive'), preReceive, { mode: 0o755 });
  writeFileSync(join(path, 'hooks', 'post-receive'), postReceive, { mode: 0o755 });
  const away = join(path, 'away');
  const pushes = join(path, 'pushes');

  return {
    url: `file://${path}`,
    setAway: (isAway) => {
      if (isAway) writeFileSync(away, '');
      else rmSync(away, { force: true });
    },
    pushesTo: (branch) => {
      const lines = existsSync(pushes) ? readFileSync(pushes, 'utf8').split('\n') : [];
      return lines.flatMap((line) => {
        const [ref, commit] = line.split(' ');
        return ref === `refs/heads/${branch}` && commit !== undefined ? [commit] : [];
      });
    },
  };
}

function git(cwd: string, ...args: string[]): void {
  const identity = ['-c', 'user.name=Chaos', '-c', 'user.email=chaos@example.org'];
  execFileSync('git', [...identity, ...args], { cwd });
}
