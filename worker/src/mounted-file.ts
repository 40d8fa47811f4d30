/** Where the chart mounts keys of Secrets and ConfigMaps (`verve-worker.pathOf` of its helpers): a folder for each. */
const mounted = /^\/etc\/verve\/(secrets|config-maps)\/([^/]+)\/([^/]+)$/;

/** How to mend a file that is missing or wrong: where the chart mounts it, by the Secret or ConfigMap that it comes of. */
export function fixOfFile(path: string, onMachine: string): string {
  const [, folder, name, key] = mounted.exec(path) ?? [];
  if (name === undefined) return onMachine;
  const [kind, making] = folder === 'secrets' ? ['Secret', 'secret generic'] : ['ConfigMap', 'configmap'];
  return `Make "${key}" of the ${kind} "${name}" right: kubectl create ${making} ${name} --from-file=${key}=… --dry-run=client --output=yaml | kubectl apply --filename=- in the namespace of the worker's pod, where the file follows within two minutes.`;
}
