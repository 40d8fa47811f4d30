import { existsSync, readFileSync } from 'node:fs';

import { parse } from 'yaml';

import { CannotStart } from './settings.ts';

/** An agent that the worker's configuration has. */
export interface ConfiguredAgent {
  readonly name: string;
  readonly driver: string;
  readonly keyFile: string | undefined;
  /** Undefined: the maker's host. */
  readonly baseUrl: string | undefined;
  /** Undefined: the worker's. */
  readonly path: string | undefined;
}

/** The agents of a worker's configuration, as far as they can be told; none when there is no file. Throws CannotStart. */
export function readConfiguredAgents(file: string): readonly ConfiguredAgent[] {
  if (!existsSync(file)) return [];
  const agents = fieldOf(parseFile(file), 'agents');
  return Array.isArray(agents) ? agents.flatMap(toAgent) : [];
}

function parseFile(file: string): unknown {
  try {
    return parse(readFileSync(file, 'utf8'));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new CannotStart(`${file} cannot be read: ${why}`, { cause: error });
  }
}

function toAgent(entry: unknown): ConfiguredAgent[] {
  const name = textOf(entry, 'name');
  const driver = textOf(entry, 'driver');
  if (name === undefined || driver === undefined) return [];
  const host = fieldOf(entry, 'modelHost');
  const path = textOf(fieldOf(entry, 'environment'), 'PATH');
  return [{ name, driver, keyFile: textOf(host, 'keyFile'), baseUrl: textOf(host, 'baseUrl'), path }];
}

function fieldOf(value: unknown, key: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[key] : undefined;
}

function textOf(value: unknown, key: string): string | undefined {
  const field = fieldOf(value, key);
  return typeof field === 'string' ? field : undefined;
}
