import { isMap, isScalar, visit, type Document, type Node, type Pair } from 'yaml';

import { releaseNamespace } from './catalogue.ts';

const helmLabels = ['app.kubernetes.io/managed-by', 'helm.sh/chart'];
const helmKeep = ['metadata', 'annotations', 'helm.sh/resource-policy'];
const podAnnotations = ['spec', 'template', 'metadata', 'annotations'];

/**
 * Takes from an object what is true under Helm alone, and what kustomize gives it: the namespace, and by a ConfigMap's name
 * the checksum of its content. What Helm would keep when it uninstalls gets a label that a selector can ask for.
 */
export function makePlain(object: Document): void {
  for (const label of helmLabels) remove(object, ['metadata', 'labels', label]);
  remove(object, [...podAnnotations, 'checksum/config']);
  if (object.getIn(helmKeep) === 'keep') object.setIn(['metadata', 'labels', 'verve.dev/keep'], 'true');
  remove(object, helmKeep);
  leaveNamespace(object);
  inBlocks(object);
}

/** Lets whoever applies a document choose the namespace: nothing in it names one. */
export function leaveNamespace(document: Document): void {
  visit(document, { Pair: (_, pair) => (namesNamespace(pair) ? visit.REMOVE : undefined) });
}

function namesNamespace({ key, value }: Pair): boolean {
  return isScalar(key) && key.value === 'namespace' && isScalar(value) && value.value === releaseNamespace;
}

/** Writes every list and mapping with a line for each entry, so that a change shows as the lines that it changes. */
export function inBlocks(document: Document): void {
  visit(document, {
    Collection: (_, node) => {
      if (node.items.length > 0) node.flow = false;
    },
  });
}

/** A mapping that has nothing else goes with its entry. */
function remove(object: Document, path: readonly string[]): void {
  if (!object.hasIn(path)) return;
  object.deleteIn(path);
  const parent = path.slice(0, -1);
  const left = object.getIn(parent) as Node | undefined;
  if (isMap(left) && left.items.length === 0) object.deleteIn(parent);
}
