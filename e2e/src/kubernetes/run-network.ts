/** Where runs may go besides, as a NetworkPolicy has it: an in-cluster forge, a model proxy. */
interface EgressRule {
  /** `ipBlock`, or selectors of namespaces and pods. */
  readonly to: readonly object[];
  /** Absent: every port. */
  readonly ports?: readonly { readonly protocol?: 'TCP' | 'UDP'; readonly port: number | string }[];
}

/** What runs reach, as the chart has it. */
export interface RunNetwork {
  /** `public`: public addresses and what is listed. `listed`: what is listed alone. DNS in both. */
  readonly mode: 'public' | 'listed';
  readonly allow: readonly EgressRule[];
  /** Who may be asked for names. Absent: anybody. */
  readonly dns?: { readonly to: readonly object[] };
}

/** One TCP port of an IPv4 address, as what runs may reach. */
export function allowAddress(address: string, port: number): EgressRule {
  return { to: [{ ipBlock: { cidr: `${address}/32` } }], ports: [{ protocol: 'TCP', port }] };
}
