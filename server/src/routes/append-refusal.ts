import type { AppendChunk } from '@verve/contract';

import { conflictWith, notFound, type ServiceError } from '../service-error.ts';
import type { AppendResult } from '../storage/chunk-store.ts';

/** Why a chunk was not stored, and what its reader does about it; undefined: it is durable. */
export function refusalOf(result: AppendResult, { seq, attempt }: AppendChunk): ServiceError | undefined {
  switch (result.kind) {
    case 'stored':
    case 'repeated':
      return undefined;
    case 'absent':
      return notFound('attempt');
    case 'hole':
      return conflictWith(
        { kind: 'Hole', expectedSeq: result.expectedSeq },
        `chunk ${seq} leaves a hole; the next one is ${result.expectedSeq}`,
      );
    case 'seqTaken':
      return conflictWith(
        { kind: 'SeqTaken', expectedSeq: result.expectedSeq },
        `chunk ${seq} is there with other lines; the next one is ${result.expectedSeq}`,
      );
    case 'superseded':
      return conflictWith(
        { kind: 'Superseded', attempt: result.attempt, status: result.status },
        `attempt ${attempt} takes no more lines; the newest is ${result.attempt} (${result.status})`,
      );
    default:
      return result satisfies never;
  }
}
