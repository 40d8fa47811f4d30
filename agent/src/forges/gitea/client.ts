import type { PushedWork } from '../../forge.ts';
import type { Repetition } from '../../retry.ts';
import type { ForgeCall } from '../forge-client.ts';
import type { ForgeAccess } from '../forge-fetch.ts';

/** One publish at Gitea. */
export interface AtGitea {
  readonly access: ForgeAccess;
  /** Gives the body of the answer. */
  readonly ask: (method: ForgeCall['method'], path: string, body?: object) => Promise<unknown>;
  readonly work: PushedWork;
  readonly repetition: Repetition;
  /** `/repos/<owner>/<name>`. */
  readonly path: string;
}

/** The header that logs in at Gitea. */
export function authorize(token: string): string {
  return `token ${token}`;
}
