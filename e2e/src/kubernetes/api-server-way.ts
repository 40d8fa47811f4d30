import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';
import { hostAddress, type ClusterWorld } from './world.ts';

const ofServiceAccount = '/var/run/secrets/kubernetes.io/serviceaccount';

interface KubectlConfig {
  readonly clusters: readonly { readonly cluster: { readonly server: string } }[];
}

/** Installs the worker anew with a way of its own to the API server, which others go on to reach as before. */
export async function startApiServerWay(world: ClusterWorld): Promise<TcpProxy> {
  const { kubectl } = world;
  const { clusters } = JSON.parse(
    await kubectl.run(['config', 'view', '--minify', '--output=json']),
  ) as KubectlConfig;
  const { hostname: host, port } = new URL(clusters[0]?.cluster.server ?? '');
  const proxy = await startTcpProxy({ host, port: Number(port === '' ? 443 : port) });
  const stringData = { kubeconfig: JSON.stringify(kubeconfigOf(`https://${hostAddress()}:${proxy.port}`)) };
  await kubectl.apply({ apiVersion: 'v1', kind: 'Secret', metadata: { name: 'way' }, stringData });
  const values = {
    extraEnv: [{ name: 'KUBECONFIG', value: '/way/kubeconfig' }],
    extraVolumes: [{ name: 'way', secret: { secretName: 'way', defaultMode: 0o440 } }],
    extraVolumeMounts: [{ name: 'way', mountPath: '/way', readOnly: true }],
  };
  await world.install({}, { values });
  return proxy;
}

/** As the worker's pod may log in, by another address; TLS is the API server's own. */
function kubeconfigOf(server: string): object {
  const cluster = {
    server,
    'tls-server-name': 'kubernetes.default.svc',
    'certificate-authority': `${ofServiceAccount}/ca.crt`,
  };
  const token = { name: 'tokenFile', config: { tokenFile: `${ofServiceAccount}/token` } };
  return {
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'way', cluster }],
    users: [{ name: 'worker', user: { 'auth-provider': token } }],
    contexts: [{ name: 'way', context: { cluster: 'way', user: 'worker' } }],
    'current-context': 'way',
  };
}
