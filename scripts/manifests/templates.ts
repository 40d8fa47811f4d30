import { parseAllDocuments, type Document } from 'yaml';

/** The objects that a chart makes, by the name of their template: `rbac` for `templates/rbac.yaml`. */
export type Templates = ReadonlyMap<string, readonly Document[]>;

// Helm writes it above each object.
const source = /^---\n# Source: [^/\n]+\/templates\/(?<name>\S+)\.yaml\n/gm;

/** Reads what `helm template` prints. Templates and, within one, objects keep the order in which they come. */
export function templatesOf(rendered: string): Templates {
  const [, ...parts] = rendered.split(source);
  const objects = parts.flatMap((name, n) => (n % 2 === 0 ? [{ name, text: parts[n + 1] ?? '' }] : []));
  const byName = Map.groupBy(objects, ({ name }) => name);
  return new Map([...byName].map(([name, some]) => [name, some.flatMap(({ text }) => parse(text))]));
}

/** As Kubernetes reads YAML, where `0440` is octal. */
function parse(text: string): readonly Document[] {
  return [...parseAllDocuments(text, { schema: 'yaml-1.1' })].filter(({ contents }) => contents !== null);
}
