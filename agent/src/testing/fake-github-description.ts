import { readFileSync } from 'node:fs';

import { Ajv, type ValidateFunction } from 'ajv';
import formats from 'ajv-formats';

import type { FakeAnswer, FakeCall } from './fake-forge.ts';

/** Which GitHub: the public one, or a version of Enterprise Server. */
export type GitHubEdition = 'api.github.com' | 'ghes-3.17';

/** The description of GitHub's API that GitHub publishes, as far as it is asked here. */
export interface GitHubDescription {
  /** An answer as the description shows it. */
  readonly example: (name: string) => unknown;
  /** What is not as described in a call and its answer. */
  readonly violations: (call: FakeCall, answer: FakeAnswer) => readonly string[];
}

interface Parameter {
  readonly $ref?: string;
  readonly name?: string;
  readonly in?: string;
  readonly schema?: object;
}

interface Schema {
  readonly properties?: object;
  readonly oneOf?: readonly Schema[];
}

interface Operation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: unknown;
  readonly responses: Readonly<Record<string, { readonly $ref?: string; readonly content?: unknown }>>;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly examples: Readonly<Record<string, { readonly value: object }>> };
}

/** Answers that any operation may give, though the description names them at few. */
const general: ReadonlySet<number> = new Set([301, 307, 401, 403, 404, 410, 429, 500, 502, 503]);

/** Where GitHub sends those who ask for a repository by an old name: it is not described, and answers as by the name. */
const byNumber = /^\/repositories\/\d+/;

const described = new Map<GitHubEdition, GitHubDescription>();

/** Reads a description once. */
export function gitHubDescription(edition: GitHubEdition): GitHubDescription {
  const known = described.get(edition);
  if (known) return known;
  const home = import.meta.resolve('@octokit/openapi/package.json');
  const file = new URL(`generated/${edition}.json`, home);
  const document = JSON.parse(readFileSync(file, 'utf8'), withoutNullable) as Document;
  const made = describe(document);
  described.set(edition, made);
  return made;
}

/** OpenAPI 3.0 lets anything be nullable; JSON Schema, which is what is checked by, has a type for it. */
function withoutNullable(_: string, value: unknown): unknown {
  if (typeof value !== 'object' || value === null || !('nullable' in value) || 'type' in value) return value;
  const { nullable, ...schema } = value;
  return nullable === true ? { anyOf: [schema, { type: 'null' }] } : value;
}

function describe(document: Document): GitHubDescription {
  const ajv = new Ajv({ strict: false, allErrors: true, validateSchema: false });
  formats.default(ajv);
  ajv.addFormat('repo.nwo', /^[^/]+\/[^/]+$/);
  ajv.addSchema(document, 'github');

  function check(pointer: string, value: unknown): readonly string[] {
    const validate: ValidateFunction = ajv.getSchema(`github#${pointer}`) ?? fail(`no schema at ${pointer}`);
    validate(value);
    return (validate.errors ?? []).map(({ instancePath, message }) => `${instancePath} ${message}`);
  }

  function requestViolations(operation: Operation, pointer: string, call: FakeCall): readonly string[] {
    const known = (operation.parameters ?? []).map((each) => resolve(document, each) as Parameter);
    const query = new Map(known.filter((each) => each.in === 'query').map((each) => [each.name, each]));
    const inQuery = [...call.query].flatMap(([name, value]) => {
      const { schema } = query.get(name) ?? {};
      if (!schema) return [`the query has "${name}"`];
      const isFit = [value, Number(value)].some((each) => ajv.validate(schema, each));
      return isFit ? [] : [`the query has "${value}" for "${name}"`];
    });
    if (call.body === undefined) return inQuery;
    if (operation.requestBody === undefined) return [...inQuery, 'there is a body'];
    const at = `${pointer}/requestBody/content/application~1json/schema`;
    const schema = resolve(document, at) as Schema;
    const inBody = Object.keys(call.body).filter((name) => !propertiesOf(schema).has(name));
    return [...inQuery, ...inBody.map((name) => `the body has "${name}"`), ...check(at, call.body)];
  }

  function answerViolations(
    operation: Operation,
    pointer: string,
    { status, body }: FakeAnswer,
  ): readonly string[] {
    if (typeof body === 'string') return [];
    const response = operation.responses[String(status)];
    if (!response && general.has(status)) return check('/components/schemas/basic-error', body);
    if (!response) return [`the status ${status} is not described`];
    const at = response.$ref?.slice(1) ?? `${pointer}/responses/${status}`;
    const { content } = resolve(document, at) as { content?: object };
    return content ? check(`${at}/content/application~1json/schema`, body) : [];
  }

  return {
    example: (name) => structuredClone(document.components.examples[name]?.value),
    violations(call, answer) {
      const method = call.method.toLowerCase();
      const path = call.path.replace(byNumber, '/repos/acme/app');
      const template = Object.keys(document.paths).find((each) => fits(each, path));
      const operation = template === undefined ? undefined : document.paths[template]?.[method];
      if (template === undefined || !operation) return [`${call.method} ${call.path} is not described`];
      const pointer = `/paths/${escaped(template)}/${method}`;
      return [
        ...requestViolations(operation, pointer, call),
        ...answerViolations(operation, pointer, answer),
      ].map((what) => `${call.method} ${call.path} → ${answer.status}: ${what}`);
    },
  };
}

function fits(template: string, path: string): boolean {
  const parts = path.split('/');
  const wanted = template.split('/');
  return (
    parts.length === wanted.length && wanted.every((part, at) => part.startsWith('{') || part === parts[at])
  );
}

function escaped(part: string): string {
  return part.replaceAll('~', '~0').replaceAll('/', '~1').replaceAll('{', '%7B').replaceAll('}', '%7D');
}

/** What a pointer or a `$ref` leads to, or the thing itself. */
function resolve(document: Document, from: string | { readonly $ref?: string }): unknown {
  const pointer = typeof from === 'string' ? from : from.$ref?.slice(1);
  if (pointer === undefined) return from;
  const parts = pointer
    .split('/')
    .slice(1)
    .map((part) => decodeURIComponent(part));
  const names = parts.map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));
  return names.reduce<unknown>((at, name) => (at as Record<string, unknown>)[name], document);
}

function propertiesOf(schema: Schema): ReadonlySet<string> {
  const inner = schema.oneOf?.flatMap((each) => [...propertiesOf(each)]) ?? [];
  return new Set([...Object.keys(schema.properties ?? {}), ...inner]);
}

function fail(message: string): never {
  throw new Error(message);
}
