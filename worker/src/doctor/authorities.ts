import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';

import type { WorkerSettings } from '../config.ts';
import type { Finding } from './finding.ts';

/** Whether the file of authorities can be read and holds certificates; nothing when none is named. */
export async function checkAuthorities({
  network: { caFile },
}: Pick<WorkerSettings, 'network'>): Promise<readonly Finding[]> {
  if (caFile === undefined) return [];
  try {
    const count = countCertificates(await readFile(caFile, 'utf8'));
    return [{ check: 'authorities', state: 'ok', message: `${count} in ${caFile}` }];
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `network.caFile ${caFile} cannot be used: ${why}`;
    return [{ check: 'authorities', state: 'failed', message, fix: 'Name a PEM file with certificates.' }];
  }
}

/** Throws when there is none, or one is broken. */
function countCertificates(text: string): number {
  const found = text.match(/-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----/g) ?? [];
  if (found.length === 0) throw new Error('it holds no certificate');
  return found.map((pem) => new X509Certificate(pem)).length;
}
