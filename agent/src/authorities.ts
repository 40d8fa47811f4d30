import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { getCACertificates } from 'node:tls';

import { PhaseFailed } from './outcome.ts';

/**
 * The authorities to trust, PEM: the system's, and those of a file besides. Throws PhaseFailed (`ConfigInvalid`) when
 * the file has none.
 */
export function trustedAuthorities(caFile: string | undefined): readonly string[] {
  const system = getCACertificates('system');
  return [
    ...(system.length > 0 ? system : getCACertificates('bundled')),
    ...(caFile === undefined ? [] : certificatesIn(caFile)),
  ];
}

function certificatesIn(file: string): readonly string[] {
  const found = readText(file).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----/g);
  if (!found) throw new PhaseFailed('ConfigInvalid', `there is no PEM certificate in ${file}`);
  return found;
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (error) {
    const message = `the file of certificate authorities ${file} cannot be read`;
    throw new PhaseFailed('ConfigInvalid', message, { cause: error });
  }
}

/** Writes the authorities into a file of the folder, since git takes one file in place of the system's. */
export function writeAuthorities(folder: string, authorities: readonly string[]): string {
  const file = join(folder, 'authorities.pem');
  writeFileSync(file, `${authorities.join('\n')}\n`);
  return file;
}
