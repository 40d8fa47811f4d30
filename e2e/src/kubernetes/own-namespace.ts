import type { Kubectl } from './kubectl.ts';

/** Labels of a namespace that enforces the Pod Security level `restricted`. */
export const restricted = { 'pod-security.kubernetes.io/enforce': 'restricted' };

/** Makes the namespace of a test. Disposing of it begins its deletion. */
export async function makeNamespace(kubectl: Kubectl, labels: object = {}): Promise<AsyncDisposable> {
  const { namespace: name } = kubectl;
  await kubectl.apply({ apiVersion: 'v1', kind: 'Namespace', metadata: { name, labels } });
  return {
    [Symbol.asyncDispose]: async () =>
      void (await kubectl.run(['delete', 'namespace', name, '--wait=false'])),
  };
}

/** Names of the objects of some kinds, as `secret/git`. */
export async function namesOf(kubectl: Kubectl, ...kinds: string[]): Promise<readonly string[]> {
  const names = await kubectl.run(['get', kinds.join(','), '--output=name']);
  return names.split('\n').filter(Boolean);
}

interface Finalized {
  readonly metadata: { readonly name: string; readonly finalizers?: readonly string[] };
}

/** Takes the finalizers of AgentRuns that have some, and hold up the end of a namespace, once no worker is there to do so. */
export async function freeAgentRuns(kubectl: Kubectl): Promise<void> {
  const { items } = await kubectl.get<{ readonly items: readonly Finalized[] }>('agentruns');
  const held = items.flatMap(({ metadata: { name, finalizers } }) => (finalizers ? [name] : []));
  if (held.length === 0) return;
  await kubectl.run([
    'patch',
    'agentruns',
    ...held,
    '--type=merge',
    '--patch={"metadata":{"finalizers":null}}',
  ]);
}
