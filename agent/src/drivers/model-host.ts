import type { ModelHost, RunSpec } from '@verve/contract';
import type { HostlessDriver } from '@verve/contract/drivers';

import type { ModelCheck } from '../driver.ts';
import { PhaseFailed } from '../outcome.ts';

/** Stands for a key where there is none, for programs that ask nobody without one, whether or not the host wants it. */
export const noKey = 'none';

/** How to name a host to each driver that has none of its own. */
const hostFixes = {
  opencode: 'set baseUrl of its modelHost, for OpenCode has no host of its own',
  qwen: 'set baseUrl of its modelHost, for example to https://dashscope-intl.aliyuncs.com/compatible-mode/v1',
  pi: 'set baseUrl of its modelHost, for pi has no host of its own',
} as const satisfies Record<HostlessDriver, string>;

/** A model, and the host that has it. */
export interface ChosenModel {
  readonly model: string;
  readonly modelHost: ModelHost & { readonly baseUrl: string };
}

/**
 * What an agent's entry chooses, for a program that has neither a model nor a host of its own. Throws PhaseFailed
 * (`ConfigInvalid`) when it lacks one of them.
 */
export function chosenModel(
  driver: HostlessDriver,
  { name, model, modelHost }: RunSpec['agent'],
): ChosenModel {
  const baseUrl = modelHost?.baseUrl;
  if (model === undefined) throw new PhaseFailed('ConfigInvalid', `the agent "${name}" needs a model`);
  if (baseUrl === undefined) {
    throw new PhaseFailed('ConfigInvalid', `the agent "${name}" needs a model host: ${hostFixes[driver]}`);
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
