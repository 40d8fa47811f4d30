import type { Finding } from '../doctor/finding.ts';
import type { KubernetesSettings } from '../kubernetes-settings.ts';

/** What can be said of the Secrets that images are pulled with: the worker reads none. */
export function checkPullSecrets(
  { imagePullSecrets }: Pick<KubernetesSettings, 'imagePullSecrets'>,
  namespace: string,
): readonly Finding[] {
  if (imagePullSecrets.length === 0) return [];
  const names = imagePullSecrets.join(', ');
  return [
    {
      check: 'registry',
      state: 'warning',
      message: `"kubernetes.imagePullSecrets" ${names}: the worker may not read Secrets, so this cannot be checked`,
      fix: `kubectl get secret --namespace ${namespace} ${imagePullSecrets.join(' ')}; an image that a node has already shows nothing of them.`,
    },
  ];
}
