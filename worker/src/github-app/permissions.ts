import type { WorkerSettings } from '../config.ts';
import type { RepositoryForge } from '../forge-of.ts';

/** Permissions by GitHub's names for them; `write` has `read` in it. */
export type Permissions = Readonly<Record<string, string>>;

/** The settings that decide what a run does at the forge. */
export interface ForgeUse {
  readonly mayChangeWorkflows: WorkerSettings['mayChangeWorkflows'];
  readonly pullRequest: RepositoryForge['pullRequest'];
}

/** What pushing a branch and opening pull requests as configured takes, and nothing more. */
export function neededPermissions({ mayChangeWorkflows, pullRequest }: ForgeUse): Permissions {
  const { labels, assignees, reviewers } = pullRequest;
  const hasTeams = reviewers.some((reviewer) => reviewer.includes('/'));
  return {
    metadata: 'read',
    contents: 'write',
    pull_requests: 'write',
    ...(labels.length + assignees.length > 0 && { issues: 'write' }),
    ...(mayChangeWorkflows && { workflows: 'write' }),
    ...(hasTeams && { members: 'read' }),
  };
}

/** Which of the needed permissions are not granted, as GitHub's pages call them. */
export function lackingPermissions(needed: Permissions, granted: Permissions): readonly string[] {
  return Object.entries(needed)
    .filter(([name, level]) => !isEnough(granted[name], level))
    .map(([name, level]) => `${labelOf(name)}: ${level === 'write' ? 'Read and write' : 'Read-only'}`);
}

function isEnough(granted: string | undefined, level: string): boolean {
  return granted === level || granted === 'admin' || (granted === 'write' && level === 'read');
}

function labelOf(name: string): string {
  const words = name.replaceAll('_', ' ');
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}`;
}
