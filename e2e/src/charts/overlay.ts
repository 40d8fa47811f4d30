import { mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';

import { parseAllDocuments } from 'yaml';

import type { Kubectl } from '../kubernetes/kubectl.ts';
import { root } from '../programs.ts';

/** A kustomization of a person's own, in a folder of its own. */
export interface Overlay extends Disposable {
  readonly folder: string;
  /** Writes a file beside the kustomization. */
  write(name: string, text: string): void;
}

/** What an overlay lays over folders of this repository. */
interface Kustomization {
  /** From the root of the repository. */
  readonly over: readonly string[];
  readonly namespace: string;
  /** More fields, as kustomize has them. */
  readonly more?: object;
}

/** Makes an overlay; disposing of it removes its folder. */
export function openOverlay({ over, namespace, more }: Kustomization): Overlay {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'verve-overlay-')));
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);
  const resources = over.map((path) => relative(folder, join(realpathSync(root), path)));
  write('kustomization.yaml', JSON.stringify({ namespace, resources, ...more }));
  return { folder, write, [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
}

/** An object that kustomize makes, as far as tests look at it. */
export interface BuiltObject {
  readonly kind: string;
  readonly metadata: {
    readonly name: string;
    readonly namespace?: string;
    readonly labels?: Readonly<Record<string, string>>;
  };
  /** Of a ConfigMap. */
  readonly data?: Readonly<Record<string, string>>;
  /** Of a RoleBinding. */
  readonly subjects?: readonly { readonly namespace?: string }[];
  /** Of a Deployment. */
  readonly spec?: { readonly template?: { readonly spec: PodSpec } };
}

interface PodSpec {
  readonly containers: readonly { readonly image: string }[];
  readonly volumes: readonly Volume[];
}

interface Volume {
  readonly name: string;
  readonly configMap?: { readonly name: string };
  readonly projected?: { readonly sources: readonly ProjectedSource[] };
}

interface ProjectedSource {
  readonly secret: { readonly items: readonly { readonly path: string }[] };
}

/** What `kubectl apply -k` would apply. */
export async function build(kubectl: Kubectl, folder: string): Promise<readonly BuiltObject[]> {
  const documents = parseAllDocuments(await kubectl.run(['kustomize', folder]));
  return documents.map((document) => document.toJS() as BuiltObject);
}
