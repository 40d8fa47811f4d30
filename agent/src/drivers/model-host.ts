import type { ModelHost, RunSpec } from '@verve/contract';

import type { ModelCheck } from '../driver.ts';
import { PhaseFailed } from '../outcome.ts';

/** Stands for a key where there is none, for programs that ask nobody without one, whether or not the host wants it. */
export const noKey = 'none';

/** A model, and the host that has it. */
export interface ChosenModel {
  readonly model: string;
  readonly modelHost: ModelHost & { readonly baseUrl: string };
}

/**
 * What an agent's entry chooses, for a program that has neither a model nor a host of its own. Throws PhaseFailed
 * (`ConfigInvalid`) when it lacks one of them; `fix` says how to name a host.
 */
export function chosenModel({ name, model, modelHost }: RunSpec['agent'], fix: string): ChosenModel {
  const baseUrl = modelHost?.baseUrl;
  if (model === undefined) throw new PhaseFailed('ConfigInvalid', `the agent "${name}" needs a model`);
  if (baseUrl === undefined) {
    throw new PhaseFailed('ConfigInvalid', `the agent "${name}" needs a model host: ${fix}`);
  }
  return { model, modelHost: { ...modelHost, baseUrl } };
}

/** The address of something below a host's base URL, which may end with a slash; `path` begins with one. */
export function addressBelow(baseUrl: string, path: string): string {
  return baseUrl.replace(/\/$/, '') + path;
}

/** Asks with the key as OpenAI's protocols have it. */
export function checkWithBearer(url: string, key: string | undefined): ModelCheck {
  return { url, headers: key === undefined ? {} : { authorization: `Bearer ${key}` } };
}

/** Asks with the key as Anthropic's protocol has it. */
export function checkWithAnthropicKey(url: string, key: string | undefined): ModelCheck {
  return {
    url,
    headers: { 'anthropic-version': '2023-06-01', ...(key !== undefined && { 'x-api-key': key }) },
  };
}
