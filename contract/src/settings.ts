import { parse as parseYaml } from 'yaml';
import { z } from 'zod';

import { detailsOf, type ErrorDetail } from './errors.ts';

/** Where settings come from; the environment wins over the file. */
export interface SettingsSource {
  /** The YAML file's text; undefined when there is none. */
  readonly yaml?: string | undefined;
  readonly env: Readonly<Record<string, string | undefined>>;
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
export function readSettings<S extends z.ZodObject>(schema: S, source: SettingsSource): z.output<S> {
  const { values, problems } = readFile(source.yaml);
  const origins = new Map<string, string>();
  overlay({ schema, values, path: [], env: source.env, origins });

  const parsed = schema.safeParse(values);
  const found = parsed.success ? [] : detailsOf(parsed.error).map((problem) => nameOrigin(problem, origins));
  if (!parsed.success || problems.length > 0) throw new SettingsInvalid([...problems, ...found]);
  return parsed.data;
}

function nameOrigin(problem: ErrorDetail, origins: ReadonlyMap<string, string>): ErrorDetail {
  const variable = origins.get(problem.path);
  return variable === undefined
    ? problem
    : { path: `${problem.path} (${variable})`, message: problem.message };
}

function readFile(yaml: string | undefined): { values: Record<string, unknown>; problems: ErrorDetail[] } {
  if (yaml === undefined) return { values: {}, problems: [] };
  try {
    const values: unknown = parseYaml(yaml) ?? {};
    if (isRecord(values)) return { values, problems: [] };
    return { values: {}, problems: [{ path: '', message: 'must be a mapping of settings' }] };
  } catch (error) {
    return {
      values: {},
      problems: [{ path: '', message: error instanceof Error ? error.message : String(error) }],
    };
  }
}

interface Overlay {
  readonly schema: z.ZodObject;
  readonly values: Record<string, unknown>;
  readonly path: readonly string[];
  readonly env: SettingsSource['env'];
  readonly origins: Map<string, string>;
}

function overlay({ schema, values, path, env, origins }: Overlay): void {
  for (const [key, field] of Object.entries(schema.shape)) {
    const fieldPath = [...path, key];
    const inner = unwrap(field);
    if (inner instanceof z.ZodObject) {
      const existing = values[key];
      const nested = isRecord(existing) ? existing : {};
      overlay({ schema: inner, values: nested, path: fieldPath, env, origins });
      if (existing === undefined && Object.keys(nested).length > 0) values[key] = nested;
      continue;
    }
    const variable = envName(fieldPath);
    const given = env[variable];
    if (given === undefined || given === '') continue;
    origins.set(fieldPath.join('.'), variable);
    values[key] = fromText(inner, given);
  }
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
  if (type instanceof z.ZodNumber)
    return given.trim() !== '' && Number.isFinite(Number(given)) ? Number(given) : given;
  if (type instanceof z.ZodBoolean) return given === 'true' ? true : given === 'false' ? false : given;
  if (type instanceof z.ZodArray) return given.split(',').map((part) => part.trim());
  return given;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
