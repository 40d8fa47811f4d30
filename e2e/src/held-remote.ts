import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

import { makeRemote, type Remote } from './chaos/remote.ts';

/** What a run does with a remote: checkout reads, publish reads and then pushes. */
type RemoteUse = 'upload-pack' | 'receive-pack';

/** A real git repository behind a stand-in for ssh, which holds each use until it is let go. */
export interface HeldRemote extends Pick<Remote, 'pushesTo'> {
  readonly url: string;
  /** For GIT_SSH_COMMAND. */
  readonly sshCommand: string;
  /** Resolves when somebody waits for it. */
  held(use: RemoteUse, signal: AbortSignal): Promise<void>;
  letGo(use: RemoteUse): void;
}

/** Makes it with one commit on `main`. */
export function makeHeldRemote(folder: string): HeldRemote {
  const remote = makeRemote(folder);
  const mark = (use: RemoteUse, what: 'held' | 'go'): string => join(folder, `${use}.${what}`);
  const sshCommand = join(folder, 'ssh');
  writeFileSync(sshCommand, sshScript(folder), { mode: 0o755 });
  return {
    url: remote.url.replace('file://', 'ssh://git@localhost'),
    sshCommand,
    pushesTo: (branch) => remote.pushesTo(branch),
    held: async (use, signal) => untilThere(mark(use, 'held'), signal),
    letGo: (use) => writeFileSync(mark(use, 'go'), ''),
  };
}

/** Called as `ssh [option…] host "git-upload-pack 'path'"`; the first time by git with -G, to learn what it is. */
function sshScript(folder: string): string {
  return `#!/bin/sh
test "$1" = -G && exit 0
for command; do :; done
use=\${command#git-}
use=\${use%% *}
touch "${folder}/$use.held"
until test -e "${folder}/$use.go"; do sleep 0.05; done
eval "git \${command#git-}"
`;
}

/** Resolves when there is a file of that name. */
export async function untilThere(path: string, signal: AbortSignal): Promise<void> {
  while (!existsSync(path)) await pause(20, undefined, { signal });
}
