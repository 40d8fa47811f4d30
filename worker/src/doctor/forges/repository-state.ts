import type { Finding } from '../finding.ts';
import { fine, wrong } from './forge-findings.ts';

/** What runs need of a repository. undefined: the forge does not say. */
export interface RepositoryState {
  readonly mayPush: boolean | undefined;
  readonly isArchived: boolean;
  readonly isEmpty: boolean | undefined;
  readonly hasPullRequests: boolean | undefined;
}

/** Everything that keeps a run from its pull request, or that nothing does. */
export function judgeRepository(
  address: string,
  state: RepositoryState,
  rightFix: string,
): readonly Finding[] {
  const problems = [
    state.isArchived && wrong(`${address} is archived`, 'Unarchive it, or take it from "repositories".'),
    state.mayPush === false && wrong(`${address}: the user of the token may not push`, rightFix),
    state.isEmpty === true &&
      wrong(`${address} is empty`, 'Push a first commit: agents begin from a branch.'),
    state.hasPullRequests === false &&
      wrong(`${address} takes no pull requests`, 'Turn them on in its settings, or name the forge "none".'),
  ].filter((problem) => problem !== false);
  if (problems.length > 0) return problems;
  return [
    fine(state.mayPush === undefined ? `${address} is there` : `${address}: the user of the token may push`),
  ];
}

/** Where the token is shown no such repository. */
export function unseen(address: string, rightFix: string): Finding {
  return wrong(`${address}: there is no such repository for the token`, rightFix);
}
