import type { Mount } from '../http/endpoint.ts';
import { invalid } from '../service-error.ts';
import type { RouteParts } from './parts.ts';
import { scopeOf } from './scope.ts';

const dayMs = 24 * 60 * 60 * 1000;
const defaultRangeMs = 7 * dayMs;
/** A row a day comes back, so the range is bounded as every list is. */
const maxRangeMs = 400 * dayMs;

/** Sums over a range. */
export function mountStats(mount: Mount, { storage, clock }: RouteParts): void {
  mount('getStats', async ({ caller, query }) => {
    const nowMs = clock.now();
    const toMs = query.to === undefined ? nowMs : Date.parse(query.to);
    const fromMs = query.from === undefined ? toMs - defaultRangeMs : Date.parse(query.from);
    if (fromMs >= toMs) throw invalid('from', 'must be before "to"');
    if (toMs - fromMs > maxRangeMs) throw invalid('from', 'must be within 400 days before "to"');
    const projectId = await scopeOf(caller, query.projectId, storage.projects);
    return storage.stats.read({ projectId, fromMs, toMs, nowMs });
  });
}
