import { parseDocument, type Document } from 'yaml';

import type { Part } from './catalogue.ts';
import { kustomizationOf, type GeneratedConfigMap } from './kustomization.ts';
import { inBlocks, leaveNamespace, makePlain } from './plain-object.ts';
import { templatesOf } from './templates.ts';

/** Texts of files, by name. */
export type Files = ReadonlyMap<string, string>;

/** What a made file begins with. */
export const madeMark = '# Made of charts/';

/**
 * The files of a folder of manifests, of what `helm template` prints: one for each template of the chart, and one for each
 * file in a ConfigMap.
 */
export function partFiles({ chart, namespace }: Part, rendered: string): Files {
  const files = new Map<string, string>();
  const configMaps: GeneratedConfigMap[] = [];
  for (const [template, objects] of templatesOf(rendered)) {
    for (const object of objects) makePlain(object);
    const maps = objects.filter(isConfigMap);
    configMaps.push(...maps.map(generated));
    for (const [file, text] of maps.flatMap(filesIn)) files.set(file, settings(text));
    const others = objects.filter((object) => !isConfigMap(object));
    if (others.length > 0) files.set(`${template}.yaml`, others.map(textOf).join('---\n'));
  }
  const inMaps = new Set(configMaps.flatMap(({ files }) => files));
  const resources = [...files.keys()].filter((file) => !inMaps.has(file)).toSorted();
  files.set('kustomization.yaml', kustomizationOf({ namespace, resources, configMaps }));
  const head = `${madeMark}${chart} and values.yaml by \`npm run manifests\`.\n`;
  return new Map([...files].map(([file, text]) => [file, head + text]));
}

function isConfigMap(object: Document): boolean {
  return object.get('kind') === 'ConfigMap';
}

function generated(object: Document): GeneratedConfigMap {
  const { metadata, data } = object.toJS() as ConfigMap;
  return { ...metadata, files: Object.keys(data) };
}

interface ConfigMap {
  readonly metadata: Omit<GeneratedConfigMap, 'files'>;
  readonly data: Readonly<Record<string, string>>;
}

function filesIn(object: Document): readonly (readonly [string, string])[] {
  return Object.entries((object.toJS() as ConfigMap).data);
}

/** Of a program, as its chart renders them. */
function settings(text: string): string {
  const document = parseDocument(text);
  leaveNamespace(document);
  inBlocks(document);
  return textOf(document);
}

function textOf(document: Document): string {
  return document.toString({ lineWidth: 0 });
}
