import { mkdir, open, type FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';

import { emptySegment, type Segment } from './segment.ts';

/** Writes to the last of a spool's files, and begins the next when that is large enough. */
export interface SpoolWriter extends AsyncDisposable {
  /** Writes whole records. When it throws, none is written and it may be called again. */
  write(records: string, lines: number): Promise<void>;
}

/** What writing takes. */
export interface SpoolWriting {
  readonly folder: string;
  /** In order; grows. */
  readonly segments: Segment[];
  readonly segmentBytes: number;
  /** The number of the first file where there is none. */
  readonly firstNumber: number;
}

/** Goes on after the segments there are; makes the folder when it is needed. */
export function createSpoolWriter({
  folder,
  segments,
  segmentBytes,
  firstNumber,
}: SpoolWriting): SpoolWriter {
  let file: FileHandle | undefined;
  let path = '';

  async function fileOf(segment: Segment): Promise<FileHandle> {
    if (file && path === segment.path) return file;
    await file?.close();
    file = undefined;
    await mkdir(dirname(segment.path), { recursive: true, mode: 0o700 });
    file = await open(segment.path, segment.bytes === 0 ? 'w' : 'r+', 0o600);
    ({ path } = segment);
    return file;
  }

  function segmentToWrite(): Segment {
    const last = segments.at(-1);
    if (last && last.bytes < segmentBytes) return last;
    return emptySegment(folder, last ? last.number + 1 : firstNumber);
  }

  return {
    async write(records, lines) {
      const segment = segmentToWrite();
      const to = await fileOf(segment);
      const bytes = Buffer.from(records);
      // After a write that failed halfway, the next one goes over it.
      for (let at = 0; at < bytes.length;) {
        at += (await to.write(bytes, at, bytes.length - at, segment.bytes + at)).bytesWritten;
      }
      segment.bytes += bytes.length;
      segment.lines += lines;
      if (segment !== segments.at(-1)) segments.push(segment);
    },
    [Symbol.asyncDispose]: async () => file?.close(),
  };
}
