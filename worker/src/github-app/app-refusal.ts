import { NetworkInvalid } from '../authorities.ts';
import { TokenDelayed, TokenRefused } from '../forge-tokens.ts';
import { wayTrouble } from '../way-trouble.ts';

/** What was asked, to say it in a sentence. */
export interface AppQuestion {
  readonly appId: number;
  readonly apiUrl: string;
  /** Owner and name, where one repository was asked about. */
  readonly repository?: string;
}

/** What GitHub answered; octokit's errors have it. */
interface Answer {
  readonly status: number;
  readonly words: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

type Sentence = readonly [problem: string, remedy: string];

/** What an error on the way to a token means: TokenRefused or TokenDelayed, with what to change where. */
export function explainRefusal(error: unknown, question: AppQuestion): TokenRefused | TokenDelayed {
  if (error instanceof TokenRefused || error instanceof TokenDelayed) return error;
  const { host } = new URL(question.apiUrl);
  const answer = answerOf(error);
  if (!answer) return explainSilence(error, host);
  const { status, words } = answer;
  const said = `${host} answers ${status}: ${words}`;
  if (isPassing(answer)) return new TokenDelayed(said, { cause: error, ...retryAfter(answer) });
  const [problem, remedy] = generalSentence(answer, question) ??
    repositorySentence(answer, question) ?? ['this is not how GitHub answers', 'check "apiUrl" of the forge'];
  return new TokenRefused(`${problem} (${said})`, remedy, { cause: error });
}

function explainSilence(error: unknown, host: string): TokenRefused | TokenDelayed {
  const options = { cause: error };
  if (error instanceof NetworkInvalid) return new TokenRefused(error.message, 'mend the file', options);
  const { words, isDistrust } = wayTrouble(error);
  if (!isDistrust) return new TokenDelayed(`${host} cannot be reached: ${words}`, options);
  const problem = `the TLS certificate of ${host} is not trusted (${words})`;
  return new TokenRefused(problem, 'name its authority in "network.caFile"', options);
}

function answerOf(error: unknown): Answer | undefined {
  if (!(error instanceof Error) || !('status' in error) || !('response' in error)) return undefined;
  const response = error.response as { readonly headers: Answer['headers'] } | undefined;
  // A call that was never answered has a status, too.
  if (!response) return undefined;
  return { status: Number(error.status), headers: response.headers, words: error.message.slice(0, 500) };
}

function isPassing({ status, headers, words }: Answer): boolean {
  const isLimited =
    headers['x-ratelimit-remaining'] === '0' || 'retry-after' in headers || /rate limit/i.test(words);
  return status >= 500 || status === 429 || (status === 403 && isLimited);
}

function retryAfter({ headers }: Answer): { retryAfterMs?: number } {
  const seconds = Number(headers['retry-after']);
  return seconds > 0 ? { retryAfterMs: seconds * 1_000 } : {};
}

function generalSentence({ status, words }: Answer, { appId }: AppQuestion): Sentence | undefined {
  if (/'(?:exp|iat)'/.test(words)) return ['the clock of this machine is wrong', 'set it right'];
  if (status === 401) {
    return [
      `GitHub does not know the App ${appId} by its private key`,
      'check that "app.appId" and "app.privateKeyFile" are of one App, and that the key was not deleted there',
    ];
  }
  if (status !== 404 || !/integration|issuer/i.test(words)) return undefined;
  return [`GitHub has no App ${appId}`, 'check "app.appId" of the forge'];
}

function repositorySentence(
  { status, words }: Answer,
  { appId, repository }: AppQuestion,
): Sentence | undefined {
  if (repository === undefined) return undefined;
  if (status === 404) {
    return [
      `the GitHub App ${appId} is not installed on ${repository}, or there is no such repository`,
      'its owner installs the App and selects the repository',
    ];
  }
  if (status === 403 && /suspended/i.test(words)) return suspended(appId, repository);
  if (status !== 422) return undefined;
  return [
    `the GitHub App ${appId} gets no token for ${repository}: it was renamed, or its owner has not granted what is asked for`,
    'give the task its present address, or let the owner accept the permissions of the App',
  ];
}

/** Of an installation that an owner or GitHub put out of use; `where` is a repository, or an account. */
export function suspended(appId: number, where: string): Sentence {
  return [
    `the installation of the GitHub App ${appId} for ${where} is suspended`,
    'unsuspend it in the settings of its owner, under "GitHub Apps"',
  ];
}

/** Of an installation with too few rights. */
export function lacking(appId: number, where: string, permissions: readonly string[]): Sentence {
  return [
    `the installation of the GitHub App ${appId} for ${where} lacks "${permissions.join(', ')}"`,
    'add that to the permissions of the App, and let the owner accept it',
  ];
}
