import { isIP } from 'node:net';

/** Networks that Fastify knows by name. */
const namedNetworks: ReadonlySet<string> = new Set(['loopback', 'linklocal', 'uniquelocal']);

/** Coarser than namesProxies, which alone reads addresses, for a JSON Schema: refuses nothing that is taken there. */
export const proxiesPattern = `(?:[0-9a-fA-F.:/, ]|${[...namedNetworks].join('|')})*`;

/** Whether a text names proxies as Fastify takes them: addresses and networks separated by commas. */
export function namesProxies(value: string): boolean {
  return value.split(',').every((part) => isProxy(part.trim()));
}

function isProxy(name: string): boolean {
  if (namedNetworks.has(name)) return true;
  const [address = '', prefix, ...rest] = name.split('/');
  const kind = isIP(address);
  if (kind === 0 || address.includes('%') || rest.length > 0) return false;
  if (prefix === undefined) return true;
  return /^\d{1,3}$/.test(prefix) && Number(prefix) >= 1 && Number(prefix) <= (kind === 4 ? 32 : 128);
}
