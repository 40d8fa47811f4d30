import type { RunSpec } from '@verve/contract';

import { GitFailed, type Git, type GitCommand } from './git.ts';
import { PhaseFailed } from './outcome.ts';
import { isMovedRef } from './remote-failure.ts';

/** What is pushed, and from where. */
export interface Push {
  readonly git: Git;
  readonly at: Omit<GitCommand, 'args'>;
  readonly spec: RunSpec;
  readonly commit: string;
  readonly tell: (text: string) => void;
}

/** What the remote has: commit ids, empty for a ref that is not there. */
interface Heads {
  readonly branch: string;
  readonly marker: string;
}

interface Refs {
  readonly branch: string;
  /**
   * Beside the branch and always at the commit that Verve pushed to it last. A branch that is elsewhere has somebody
   * else's work (docs/adr/0014-a-marker-beside-the-branch.md).
   */
  readonly marker: string;
}

function refsOf({ branch, taskId }: RunSpec): Refs {
  return { branch: `refs/heads/${branch}`, marker: `refs/verve/pushed/${taskId}` };
}

/**
 * Brings the task's branch to the commit. The work of an earlier attempt is replaced; a branch that anybody else pushed
 * to is left alone: PhaseFailed (`PublishFailed`). Both refs move together and only from where they were seen; where the
 * remote will not have that, the branch and then the marker. Again: finds its own commit, and sees to the marker alone.
 * Throws GitFailed when the remote fails or refuses the branch.
 */
export async function pushBranch(push: Push): Promise<void> {
  const refs = refsOf(push.spec);
  const heads = await readHeads(push, refs);
  const branch = lease(refs.branch, heads.branch);
  const marker = lease(refs.marker, heads.marker);
  if (heads.branch === push.commit) {
    if (heads.marker !== push.commit) await pushMarker(push, marker);
    return;
  }
  if (heads.branch !== '' && heads.branch !== heads.marker) throw occupied(push, heads);
  try {
    await pushRefs(push, [branch, marker]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    // The remote may only dislike the marker, or both at once; if it dislikes the branch, this tells why.
    await pushRefs(push, [branch]);
    await pushMarker(push, marker);
  }
}

/** Without a marker the work is published all the same. */
async function pushMarker(push: Push, marker: Lease): Promise<void> {
  try {
    await pushRefs(push, [marker]);
  } catch (error) {
    if (!isRefusal(error)) throw error;
    push.tell(
      `the remote does not take ${marker.ref}, by which a later attempt would know this branch as its own; ` +
        'delete the branch before such an attempt\n',
    );
  }
}

async function readHeads({ git, at, spec }: Push, refs: Refs): Promise<Heads> {
  const listed = await git.run({
    ...at,
    args: ['ls-remote', '--', spec.repository, refs.branch, refs.marker],
  });
  const found = new Map(
    listed.split('\n').map((line) => {
      const [id = '', ref = ''] = line.split('\t');
      return [ref, id];
    }),
  );
  return { branch: found.get(refs.branch) ?? '', marker: found.get(refs.marker) ?? '' };
}

function occupied({ spec }: Push, heads: Heads): PhaseFailed {
  const why =
    heads.marker === ''
      ? 'nothing says that Verve pushed it'
      : `Verve left it at ${heads.marker.slice(0, 12)}, so somebody has pushed to it since`;
  return new PhaseFailed(
    'PublishFailed',
    `the branch ${spec.branch} exists already at ${heads.branch.slice(0, 12)} and ${why}; it is never overwritten. ` +
      'Merge or rename it, or delete it, then retry',
  );
}

interface Lease {
  readonly ref: string;
  /** Where the ref has to be still; empty: it must not exist. */
  readonly known: string;
}

function lease(ref: string, known: string): Lease {
  return { ref, known };
}

async function pushRefs({ git, at, spec, commit }: Push, leases: readonly Lease[]): Promise<void> {
  const options = ['--quiet', '--no-verify', '--no-follow-tags', '--recurse-submodules=no'];
  // Not every remote can do it, and one ref needs it not.
  if (leases.length > 1) options.push('--atomic');
  const expected = leases.map(({ ref, known }) => `--force-with-lease=${ref}:${known}`);
  const refspecs = leases.map(({ ref }) => `${commit}:${ref}`);
  await git.run({ ...at, args: ['push', ...options, ...expected, '--', spec.repository, ...refspecs] });
}

/** The remote said no to a ref, or cannot move two at once; a ref that moved meanwhile is another matter. */
function isRefusal(error: unknown): boolean {
  if (!(error instanceof GitFailed) || isMovedRef(error.message)) return false;
  return /remote rejected|hook declined|does not support --atomic/.test(error.message);
}
