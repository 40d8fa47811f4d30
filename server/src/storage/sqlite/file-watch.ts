import { statSync } from 'node:fs';
import type { BigIntStats } from 'node:fs';

import { StorageUnavailable } from '../storage.ts';

/**
 * Notices that the file at a path is not the one that is open. SQLite itself would go on writing to a file that was
 * deleted or moved, and what it says is durable would be lost. One `stat` a check, a few microseconds.
 */
export class FileWatch {
  readonly #path: string;
  readonly #opened: BigIntStats | undefined;

  /** To be made right after opening. */
  constructor(path: string) {
    this.#path = path;
    this.#opened = this.#stat();
  }

  /**
   * Throws StorageUnavailable until the very file is back at its path. Another file there is never taken for it:
   * its content and the open file's journal do not belong together, so a replaced file needs a restart of the server.
   */
  check(): void {
    const now = this.#stat();
    if (now === undefined || this.#opened === undefined) {
      throw new StorageUnavailable(`the database file ${this.#path} is gone`);
    }
    if (now.ino !== this.#opened.ino || now.dev !== this.#opened.dev) {
      throw new StorageUnavailable(`another file is in the place of the database file ${this.#path}`);
    }
  }

  #stat(): BigIntStats | undefined {
    try {
      return statSync(this.#path, { bigint: true, throwIfNoEntry: false });
    } catch (error) {
      throw new StorageUnavailable(`the database file ${this.#path} cannot be looked at`, { cause: error });
    }
  }
}
