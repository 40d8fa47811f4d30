import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

/** The settings of the network cannot be used as they are; the message says which. */
export class NetworkInvalid extends Error {
  override readonly name = 'NetworkInvalid';
}

/** What a file of authorities holds. */
export interface Authorities {
  /** PEM. */
  readonly text: string;
  readonly count: number;
}

/**
 * Reads `network.caFile`. Throws NetworkInvalid when it cannot be read, holds no certificate or a broken one: TLS would
 * take such a file, and trust nobody for it.
 */
export async function readAuthorities(caFile: string): Promise<Authorities> {
  try {
    const text = await readFile(caFile, 'utf8');
    return { text, count: countCertificates(text) };
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new NetworkInvalid(`"network.caFile" ${caFile} cannot be used: ${why}`, { cause: error });
  }
}

/** Throws when there is none, or one is broken. */
function countCertificates(text: string): number {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error('it holds no certificate');
  return found.map((pem) => new X509Certificate(pem)).length;
}
