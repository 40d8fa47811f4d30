import { NetworkInvalid, wayTrouble } from '../forge-fetch.ts';
import { TokenDelayed, TokenRefused } from '../forge-tokens.ts';

/** What was asked, to say it in a sentence. */
export interface AppQuestion {
  readonly appId: number;
  readonly apiUrl: string;
  /** Owner and name. */
  readonly repository: string;
}

/** What GitHub answered; octokit's errors have it. */
interface Answer {
  readonly status: number;
  readonly words: string;
  readonly headers: Readonly<Record<string, unknown>>;
}

/** What an error on the way to a token means: TokenRefused or TokenDelayed, with a sentence that says what to change. */
export function explainRefusal(error: unknown, question: AppQuestion): TokenRefused | TokenDelayed {
  if (error instanceof TokenRefused || error instanceof TokenDelayed) return error;
  if (error instanceof NetworkInvalid) return new TokenRefused(error.message, { cause: error });
  const host = new URL(question.apiUrl).host;
  const answer = answerOf(error);
  if (!answer) return unreachable(error, host);
  const options = { cause: error, ...retryAfter(answer) };
  const said = `GitHub said: ${answer.words}`;
  if (isPassing(answer)) return new TokenDelayed(`${host} answers ${answer.status}. ${said}`, options);
  const sentence =
    sentenceOf(answer, question) ?? `${host} answers ${answer.status}; check "apiUrl" of the forge`;
  return new TokenRefused(`${sentence}. ${said}`, { cause: error });
}

function unreachable(error: unknown, host: string): TokenRefused | TokenDelayed {
  const { words, isDistrust } = wayTrouble(error);
  if (!isDistrust) return new TokenDelayed(`${host} cannot be reached: ${words}`, { cause: error });
  const sentence = `the TLS certificate of ${host} is not trusted (${words}); name its authority in "network.caFile"`;
  return new TokenRefused(sentence, { cause: error });
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

function sentenceOf({ status, words }: Answer, { appId, repository }: AppQuestion): string | undefined {
  const app = `the GitHub App ${appId}`;
  if (/'(?:exp|iat)'/.test(words)) return `the clock of this machine is wrong for GitHub; set it right`;
  if (status === 401) {
    return `GitHub does not know ${app} by its private key; check that "app.appId" and "app.privateKeyFile" are of one App, and that the key was not deleted there`;
  }
  if (status === 404 && /integration|issuer/i.test(words)) {
    return `GitHub has no App ${appId}; check "app.appId" of the forge`;
  }
  if (status === 404) return notInstalled(appId, repository);
  if (status === 403 && /suspended/i.test(words)) return suspended(appId, repository);
  if (status === 422) {
    return `${app} gets no token for ${repository}: it was renamed, or its owner has not granted what is asked for; give the task its present address, or the App its permissions`;
  }
  return undefined;
}

/** Where there is no installation. */
function notInstalled(appId: number, repository: string): string {
  return `the GitHub App ${appId} is not installed on ${repository}, or there is no such repository; its owner installs the App and selects the repository`;
}

/** Where there is one that an owner or the App's maker put out of use. */
export function suspended(appId: number, repository: string): string {
  return `the installation of the GitHub App ${appId} for ${repository} is suspended; unsuspend it in the settings of its owner, under "GitHub Apps"`;
}

/** Where there is one with too few rights. */
export function lacking(appId: number, repository: string, permissions: readonly string[]): string {
  const list = permissions.join(', ');
  return `the installation of the GitHub App ${appId} for ${repository} lacks "${list}"; add that to the App's permissions, and let the owner accept it`;
}
