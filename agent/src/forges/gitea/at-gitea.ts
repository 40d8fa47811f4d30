import type { PushedWork } from '../../forge.ts';
import type { ForgeCall } from '../forge-client.ts';

/** One publish at Gitea. */
export interface AtGitea {
  /** Gives the body of the answer. */
  readonly ask: (method: ForgeCall['method'], path: string, body?: object) => Promise<unknown>;
  readonly work: PushedWork;
  /** `/repos/<owner>/<name>`. */
  readonly path: string;
}
