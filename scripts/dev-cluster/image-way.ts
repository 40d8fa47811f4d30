import { CannotStart } from '../trial/settings.ts';

/** How images get into a cluster. */
export type ImageWay =
  | { readonly kind: 'shared' }
  /** A line of a shell with `{image}` in it. */
  | { readonly kind: 'command'; readonly line: string }
  /** Before the images' names. */
  | { readonly kind: 'registry'; readonly registry: string };

type Environment = Readonly<Record<string, string | undefined>>;

/** The settings that tell it, a line for each. */
export const imageWays = [
  "  VERVE_LOAD='kind load docker-image {image}'   a command; {image} is the name of one",
  '  VERVE_REGISTRY=localhost:5000                 a registry that this machine pushes to and the cluster pulls from',
  '  VERVE_LOAD=shared                             nothing to do: the cluster runs on this Docker engine',
].join('\n');

const remedy = `Tell how images get into the cluster, by one of:\n${imageWays}`;

/** What `VERVE_LOAD` or `VERVE_REGISTRY` say, else what fits the context. Throws CannotStart. */
export function chooseImageWay(context: string, env: Environment): ImageWay {
  const { VERVE_LOAD: line, VERVE_REGISTRY: registry } = env;
  if (line && registry) throw new CannotStart(`VERVE_LOAD and VERVE_REGISTRY are both set. ${remedy}`);
  if (registry) return { kind: 'registry', registry: registry.replace(/\/+$/, '') };
  if (line === 'shared') return { kind: 'shared' };
  if (line?.includes('{image}')) return { kind: 'command', line };
  if (line) throw new CannotStart(`VERVE_LOAD has no {image} in it: ${line}\n${remedy}`);
  const usual = usualWay(context);
  if (usual === undefined)
    throw new CannotStart(`The kube context ${context} is of no known kind. ${remedy}`);
  return usual;
}

function usualWay(context: string): ImageWay | undefined {
  const [, program, cluster] = /^(kind|k3d)-(.+)$/.exec(context) ?? [];
  if (program === 'kind') return command(`kind load docker-image {image} --name ${cluster}`);
  if (program === 'k3d') return command(`k3d image import {image} --cluster ${cluster}`);
  if (context === 'minikube') return command('minikube image load {image}');
  return context === 'docker-desktop' ? { kind: 'shared' } : undefined;
}

function command(line: string): ImageWay {
  return { kind: 'command', line };
}
