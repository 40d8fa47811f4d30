import { createPrivateKey } from 'node:crypto';

import { createAppAuth } from '@octokit/auth-app';
import { request } from '@octokit/request';

import { TokenRefused } from '../forge-tokens.ts';
import type { ForgeFetch } from '../network-fetch.ts';
import { readVariableFile } from '../secret-file.ts';

/** Whose App it is and where it is asked for. */
export interface AppAccess {
  readonly app: { readonly appId: number; readonly privateKeyFile: string };
  readonly apiUrl: string;
  readonly fetch: ForgeFetch['fetch'];
  /** Hears that the clocks of both sides differ; calls succeed all the same. */
  readonly onSkew: (words: string) => void;
}

/** Octokit's `request`, logged in as the App. */
export type AppClient = typeof request;

/** Reads the App's key. Throws TokenRefused when that is none. */
export async function createAppClient({ app, apiUrl, fetch, onSkew }: AppAccess): Promise<AppClient> {
  const privateKey = await readKey(app);
  const anonymous = request.defaults({
    baseUrl: apiUrl.replace(/\/$/, ''),
    headers: { 'user-agent': 'verve' },
    request: { fetch },
  });
  const auth = createAppAuth({ appId: app.appId, privateKey, request: anonymous, log: { warn: onSkew } });
  const hook: typeof auth.hook = async (...call) => auth.hook(...call);
  return anonymous.defaults({ request: { hook } });
}

async function readKey({ appId, privateKeyFile }: AppAccess['app']): Promise<string> {
  const { value, problem } = await readVariableFile(privateKeyFile);
  const what = `the private key of the GitHub App ${appId}`;
  const remedy =
    'make one on the page of the App, under "Private keys", and name its file in "app.privateKeyFile"';
  if (value === undefined) throw new TokenRefused(`${what} ${problem}`, remedy);
  try {
    if (createPrivateKey(value).asymmetricKeyType === 'rsa') return value;
  } catch (error) {
    throw new TokenRefused(`${what} is no private key: ${privateKeyFile}`, remedy, { cause: error });
  }
  throw new TokenRefused(`${what} is no RSA key: ${privateKeyFile}`, remedy);
}
