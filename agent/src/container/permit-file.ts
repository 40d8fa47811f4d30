import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import type { ContainerPermit } from '@verve/contract/container';

import { parsePermit } from './permits.ts';

const maxBytes = 1_024;
/** A link is followed: Kubernetes replaces one to replace the file. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/** The permit that the worker has left; undefined when there is none that can be read. */
export async function readPermitFile(path: string): Promise<ContainerPermit | undefined> {
  try {
    await using file = await open(path, flags);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return parsePermit(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return undefined;
  }
}
