import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { Ajv, type ValidateFunction } from 'ajv';
import { default as addFormats } from 'ajv-formats';

/** The published description of GitHub's API, and what answers and bodies it allows. */
export interface GitHubSchema {
  /** What is wrong with an answer; undefined when nothing is. `path` is the template: `/repos/{owner}/{repo}`. */
  answerProblem(call: DescribedCall, status: number, body: unknown): string | undefined;
  /** The same of what a caller sends. */
  requestProblem(call: DescribedCall, body: unknown): string | undefined;
  /** The description's own example of an answer, whole; of a list, its first entry. */
  example(call: DescribedCall, status: number): object;
}

/** A call as the description names it. */
export interface DescribedCall {
  readonly method: 'get' | 'post';
  readonly path: string;
}

interface Described {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DescribedOperation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, Example>> };
}

interface DescribedOperation {
  readonly responses: Readonly<
    Record<string, { content?: Readonly<Record<string, { examples?: Readonly<Record<string, Example>> }>> }>
  >;
}

interface Example {
  readonly $ref?: string;
  readonly value?: unknown;
}

const key = 'https://api.github.com/description';

/** Reads the description, which takes a moment. */
export function loadGitHubSchema(): GitHubSchema {
  const require = createRequire(import.meta.url);
  const file = require.resolve('@octokit/openapi/generated/api.github.com.json');
  const description = JSON.parse(readFileSync(file, 'utf8'), withNull) as Described;
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  addFormats.default(ajv);
  ajv.addSchema(description, key);
  const known = new Map<string, ValidateFunction>();

  function problem(pointer: string, body: unknown): string | undefined {
    const validate = known.get(pointer) ?? ajv.compile({ $ref: `${key}#${pointer}` });
    known.set(pointer, validate);
    return validate(body) ? undefined : `${pointer}: ${ajv.errorsText(validate.errors)}`;
  }

  return {
    answerProblem: ({ method, path }, status, body) =>
      problem(`/paths/${escaped(path)}/${method}/responses/${status}/content/${json}/schema`, body),
    requestProblem: ({ method, path }, body) =>
      problem(`/paths/${escaped(path)}/${method}/requestBody/content/${json}/schema`, body),
    example({ method, path }, status) {
      const examples = description.paths[path]?.[method]?.responses[status]?.content?.[jsonType]?.examples;
      const [first] = Object.values(examples ?? {});
      const name = first?.$ref?.split('/').at(-1) ?? '';
      const value = first?.value ?? description.components.examples[name]?.value;
      if (typeof value !== 'object' || value === null) throw new Error(`no example: ${method} ${path}`);
      return Array.isArray(value) ? ((value as object[])[0] ?? {}) : value;
    },
  };
}

/** `nullable` beside a reference, which ajv knows beside a type alone. */
function withNull(_name: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value) || 'type' in value) return value;
  const { nullable, ...rest } = value;
  return nullable === true ? { anyOf: [rest, { type: 'null' }] } : value;
}

/** As JSON pointers in a fragment have it. */
function escaped(text: string): string {
  return encodeURIComponent(text.replaceAll('~', '~0').replaceAll('/', '~1'));
}

const jsonType = 'application/json';
const json = escaped(jsonType);
