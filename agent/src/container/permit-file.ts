import { constants } from 'node:fs';
import { open } from 'node:fs/promises';

import { parseContainerPermit, type ContainerPermit } from '@verve/contract/container';

const maxBytes = 1_024;
/** A link is followed: Kubernetes replaces one to replace the file. */
const flags = constants.O_RDONLY | constants.O_NONBLOCK;

/** The permit that the worker has left; undefined when there is none that can be read. */
export async function readPermitFile(path: string): Promise<ContainerPermit | undefined> {
  try {
    await using file = await open(path, flags);
    const { buffer, bytesRead } = await file.read(Buffer.alloc(maxBytes), 0, maxBytes, 0);
    return parseContainerPermit(buffer.toString('utf8', 0, bytesRead));
  } catch {
    return undefined;
  }
}
