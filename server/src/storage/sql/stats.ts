import type { Stats, TaskStatus } from '@verve/contract';
import { sql } from 'kysely';
import type { RawBuilder } from 'kysely';

import type { StatsRange, StatsStore } from '../admin-stores.ts';
import type { Database } from './database.ts';
import { readDepth } from './leases.ts';
import { sumUp } from './stats-sums.ts';
import type { EndedGroup } from './stats-sums.ts';

/** Sums and percentiles in SQL that both databases read: three statements, whatever the range holds. */
export function createStatsStore(database: Database): StatsStore {
  return {
    async read(range): Promise<Stats> {
      const { pending, running, oldestPendingAt } = await readDepth(database, range.projectId);
      const oldest =
        oldestPendingAt === undefined
          ? {}
          : { oldestPendingSeconds: Math.max(0, range.nowMs - oldestPendingAt) / 1_000 };
      return {
        from: new Date(range.fromMs).toISOString(),
        to: new Date(range.toMs).toISOString(),
        queue: { pending, running, ...oldest },
        ...sumUp(await readGroups(database, range)),
        ...(await readPercentiles(database, range)),
      };
    },
  };
}

function ended(range: StatsRange): RawBuilder<unknown> {
  const ofProject = range.projectId === undefined ? sql`` : sql`and project_id = ${range.projectId}`;
  return sql`finished_at >= ${range.fromMs} and finished_at < ${range.toMs} ${ofProject}`;
}

/** Days are UTC days since 1970. */
async function readGroups({ kysely }: Database, range: StatsRange): Promise<EndedGroup[]> {
  const { rows } = await sql<{
    day: number;
    agent: string | null;
    reason: string | null;
    status: TaskStatus;
    count: number;
    cost: number | null;
    input: number | null;
    output: number | null;
  }>`
    select finished_at / 86400000 as day, agent, reason, status, count(*) as count,
      sum(cast(usage ->> 'costUsd' as double precision)) as cost,
      cast(sum(cast(usage ->> 'inputTokens' as bigint)) as bigint) as input,
      cast(sum(cast(usage ->> 'outputTokens' as bigint)) as bigint) as output
    from tasks where ${ended(range)}
    group by 1, agent, reason, status
  `.execute(kysely);
  return rows.map(({ day, agent, reason, status, count, cost, input, output }) => ({
    day: new Date(day * 86_400_000).toISOString().slice(0, 10),
    agent: agent ?? undefined,
    reason: reason ?? undefined,
    status,
    count,
    costUsd: cost ?? 0,
    inputTokens: input ?? 0,
    outputTokens: output ?? 0,
  }));
}

/** By nearest rank; in seconds. A task that was canceled before its first claim has no start. */
async function readPercentiles(
  { kysely }: Database,
  range: StatsRange,
): Promise<Pick<Stats, 'startSeconds' | 'finishSeconds'>> {
  const { rows } = await sql<{
    start50: number | null;
    start95: number | null;
    end50: number | null;
    end95: number | null;
  }>`
    with times as (
      select started_at - created_at as start_ms, finished_at - created_at as end_ms,
        row_number() over (order by started_at - created_at nulls last) as start_rank, count(started_at) over () as starts,
        row_number() over (order by finished_at - created_at) as end_rank, count(*) over () as ends
      from tasks where ${ended(range)}
    )
    select
      max(case when start_rank = (starts * 50 + 99) / 100 then start_ms end) as start50,
      max(case when start_rank = (starts * 95 + 99) / 100 then start_ms end) as start95,
      max(case when end_rank = (ends * 50 + 99) / 100 then end_ms end) as end50,
      max(case when end_rank = (ends * 95 + 99) / 100 then end_ms end) as end95
    from times
  `.execute(kysely);
  const row = rows[0];
  const start = toSeconds(row?.start50, row?.start95);
  const end = toSeconds(row?.end50, row?.end95);
  return { ...(start && { startSeconds: start }), ...(end && { finishSeconds: end }) };
}

function toSeconds(p50: number | null = null, p95: number | null = null): Stats['startSeconds'] {
  return p50 === null || p95 === null ? undefined : { p50: p50 / 1_000, p95: p95 / 1_000 };
}
