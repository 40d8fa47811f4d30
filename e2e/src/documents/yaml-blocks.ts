import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { parseAllDocuments } from 'yaml';

import { root } from '../programs.ts';

/** A block of YAML that stands in a document of this repository. */
export interface YamlBlock {
  /** The document and the line of the block's beginning, as `docs/agents.md:6`. */
  readonly place: string;
  /** One, or as many as `---` parts. */
  readonly documents: readonly Readonly<Record<string, unknown>>[];
}

const pages = ['*.md', 'docs/**/*.md', 'charts/*/README.md', 'manifests/**/*.md'];
const fence = /^(?<indent> *)```yaml\n(?<body>.*?)^\k<indent>```$/gms;

/** All blocks; throws where one is no YAML, or no mapping. */
export function yamlBlocks(): readonly YamlBlock[] {
  return pages.flatMap((pattern) => globSync(pattern, { cwd: root }).toSorted().flatMap(blocksOf));
}

function blocksOf(page: string): readonly YamlBlock[] {
  const text = readFileSync(join(root, page), 'utf8');
  return Array.from(text.matchAll(fence), ({ index, groups = {} }) => {
    const place = `${page}:${text.slice(0, index).split('\n').length}`;
    return { place, documents: parseBlock(place, groups['body'] ?? '') };
  });
}

function parseBlock(place: string, body: string): YamlBlock['documents'] {
  return parseAllDocuments(body).map((document) => {
    const value = document.toJS() as unknown;
    if (document.errors.length > 0) throw new Error(`${place}: ${document.errors.join('; ')}`);
    if (value === null || typeof value !== 'object' || Array.isArray(value)) {
      throw new Error(`${place}: a block that can be copied is a mapping`);
    }
    return value as Readonly<Record<string, unknown>>;
  });
}
