import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

import { detailsOf, type ErrorDetail } from './errors.ts';
import { sentenceOf } from './sentences.ts';

/** Names a program's YAML file; every other setting has a variable of its own. */
const fileVariable = 'VERVE_CONFIG';

/** Where settings come from; the environment wins over the file that `VERVE_CONFIG` names. */
export interface SettingsSource {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives a file's text, or throws. */
  readonly readFile: (path: string) => string;
}

/** What was read. */
export interface ReadSettings<S extends z.ZodObject> {
  readonly settings: z.output<S>;
  /** `VERVE_*` variables that are no setting: typing errors, or another program's. */
  readonly unknownVariables: readonly string[];
}

/** Settings are wrong; `problems` has every one of them with its path. */
export class SettingsInvalid extends Error {
  override readonly name = 'SettingsInvalid';
  readonly problems: readonly ErrorDetail[];

  constructor(problems: readonly ErrorDetail[]) {
    const lines = problems.map((problem) => `  ${problem.path || '(file)'}: ${problem.message}`);
    super(`the configuration is wrong in ${problems.length} place(s):\n${lines.join('\n')}`);
    this.problems = problems;
  }
}

/** The environment variable that overrides a setting: `log.level` → `VERVE_LOG_LEVEL`. */
export function envName(path: readonly string[]): string {
  const words = path.map((part) => part.replaceAll('MiB', 'Mib').replaceAll(/([a-z0-9])([A-Z])/g, '$1_$2'));
  return `VERVE_${words.join('_').toUpperCase()}`;
}

/**
 * Reads settings by a schema of (nested) strict objects: the YAML file, then `VERVE_*` overrides for its leaves. A
 * list in the environment is separated by commas; an object in a list can only stand in the file.
 * Throws SettingsInvalid with all problems at once.
 */
export function readSettings<S extends z.ZodObject>(schema: S, source: SettingsSource): ReadSettings<S> {
  const { values, problems } = readValues(source);
  const variables = new Map<string, string>();
  overlay({ schema, values, path: [], env: source.env, variables });

  const parsed = schema.safeParse(values, { error: sentenceOf });
  const found = parsed.success
    ? []
    : detailsOf(parsed.error).map((problem) => nameOrigin(problem, variables, source.env));
  if (!parsed.success || problems.length > 0) throw new SettingsInvalid([...problems, ...found]);

  const known = new Set([fileVariable, ...variables.values()]);
  const isUnknown = (name: string): boolean =>
    name.startsWith('VERVE_') && source.env[name] !== '' && !known.has(name);
  return { settings: parsed.data, unknownVariables: Object.keys(source.env).filter(isUnknown) };
}

/** Tells of the variable, when that is where the value came from. */
function nameOrigin(
  problem: ErrorDetail,
  variables: ReadonlyMap<string, string>,
  env: SettingsSource['env'],
): ErrorDetail {
  const variable = variables.get(problem.path);
  if (variable === undefined || !env[variable]) return problem;
  return { path: `${problem.path} (${variable})`, message: problem.message };
}

function readValues({ env, readFile }: SettingsSource): {
  values: Record<string, unknown>;
  problems: ErrorDetail[];
} {
  const path = env[fileVariable];
  if (path === undefined || path === '') return { values: {}, problems: [] };
  try {
    const values: unknown = parseYaml(readFile(path)) ?? {};
    if (isRecord(values)) return { values, problems: [] };
    return {
      values: {},
      problems: [{ path: fileVariable, message: `${path} must be a mapping of settings` }],
    };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { values: {}, problems: [{ path: fileVariable, message: `${path} cannot be read: ${message}` }] };
  }
}

interface Overlay {
  readonly schema: z.ZodObject;
  readonly values: Record<string, unknown>;
  readonly path: readonly string[];
  readonly env: SettingsSource['env'];
  /** Collects the variable of each leaf, by its path. */
  readonly variables: Map<string, string>;
}

function overlay(fields: Overlay): void {
  for (const [key, field] of Object.entries(fields.schema.shape)) {
    const type = unwrap(field);
    if (type instanceof z.ZodObject) overlayObject(fields, key, type);
    else overlayLeaf(fields, key, type);
  }
}

function overlayObject({ values, path, env, variables }: Overlay, key: string, schema: z.ZodObject): void {
  const existing = values[key];
  const nested = isRecord(existing) ? existing : {};
  overlay({ schema, values: nested, path: [...path, key], env, variables });
  if (existing === undefined && Object.keys(nested).length > 0) values[key] = nested;
}

function overlayLeaf({ values, path, env, variables }: Overlay, key: string, type: unknown): void {
  const leafPath = [...path, key];
  const variable = envName(leafPath);
  variables.set(leafPath.join('.'), variable);
  const given = env[variable];
  if (given !== undefined && given !== '') values[key] = fromText(type, given);
}

/** The type inside optional, default and the like. */
function unwrap(field: unknown): unknown {
  let inner = field;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodDefault || inner instanceof z.ZodPrefault) {
    inner = inner.unwrap();
  }
  return inner;
}

function fromText(type: unknown, given: string): unknown {
  // Only what everybody reads as the same number: no 0x50, no 1e4.
  if (type instanceof z.ZodNumber) return /^-?\d+(?:\.\d+)?$/.test(given) ? Number(given) : given;
  if (type instanceof z.ZodBoolean) return given === 'true' ? true : given === 'false' ? false : given;
  if (type instanceof z.ZodArray) return given.split(',').map((part) => part.trim());
  return given;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
