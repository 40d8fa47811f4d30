/** Where runs may go besides, as a NetworkPolicy has it: an in-cluster forge, a model proxy. */
export interface EgressRule {
  /** `ipBlock`, or selectors of namespaces and pods. */
  readonly to: readonly object[];
  /** Absent: every port. */
  readonly ports?: readonly { readonly protocol?: 'TCP' | 'UDP'; readonly port: number | string }[];
}

/** What runs reach. */
export interface RunNetwork {
  /** `public`: public addresses and what is listed. `listed`: what is listed alone. DNS in both. */
  readonly mode: 'public' | 'listed';
  readonly allow: readonly EgressRule[];
}

/** IPv4 that is nobody's on the internet: private, shared, link-local, of this host, of clouds' metadata, multicast. */
const shutIPv4 = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '224.0.0.0/3',
] as const;

/** The same of IPv6, with what a translation (NAT64) makes of those above. */
const shutIPv6 = [
  '::/96',
  'fc00::/7',
  'fe80::/10',
  'ff00::/8',
  '64:ff9b:1::/48',
  '64:ff9b::/104',
  '64:ff9b::a00:0/104',
  '64:ff9b::6440:0/106',
  '64:ff9b::7f00:0/104',
  '64:ff9b::a9fe:0/112',
  '64:ff9b::ac10:0/108',
  '64:ff9b::c000:0/120',
  '64:ff9b::c0a8:0/112',
  '64:ff9b::c612:0/111',
  '64:ff9b::e000:0/99',
] as const;

/** For every run of a namespace: none may be reached, and each reaches DNS and what `network` says. */
export function networkPolicy({ mode, allow }: RunNetwork): object {
  const dns = {
    ports: [
      { protocol: 'UDP', port: 53 },
      { protocol: 'TCP', port: 53 },
    ],
  };
  const everywhere = {
    to: [
      { ipBlock: { cidr: '0.0.0.0/0', except: shutIPv4 } },
      { ipBlock: { cidr: '::/0', except: shutIPv6 } },
    ],
  };
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: 'verve-runs' },
    spec: {
      podSelector: { matchLabels: { 'app.kubernetes.io/name': 'verve-run' } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: [],
      egress: [dns, ...(mode === 'public' ? [everywhere] : []), ...allow],
    },
  };
}

/** One TCP port of an IPv4 address, as what runs may reach. */
export function allowAddress(address: string, port: number): EgressRule {
  return { to: [{ ipBlock: { cidr: `${address}/32` } }], ports: [{ protocol: 'TCP', port }] };
}
