import { reasonBlames } from '@verve/contract';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';

import type { Meters } from './meters.ts';

/** What a call was, for its metric: the route, never the address. */
interface MeteredCall {
  readonly method: string;
  readonly route: string;
  readonly status: number;
  readonly seconds: number;
}

/** An answer that stays open: a log or change stream, or the download of a log. */
type StreamKind = 'logs' | 'events' | 'download';

/** Every meter of the server, and their text for Prometheus. */
export interface Metrics extends Meters {
  callAnswered(call: MeteredCall): void;
  taskCreated(): void;
  /** An answer that stays open has begun; `streamClosed` follows once. */
  streamOpened(kind: StreamKind): void;
  streamClosed(kind: StreamKind): void;
  /** A chunk became durable, with so many lines. */
  chunkStored(lines: number): void;
  /** For `GET /metrics`. */
  text(): Promise<string>;
  readonly contentType: string;
}

const callSeconds = [0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];
const waitSeconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 5, 15, 60, 300, 1800, 7200];

/** Meters on a registry of their own, with those of the process if asked for. */
export function createMetrics({ withProcess }: { readonly withProcess: boolean }): Metrics {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  return {
    ...callMeters(registry),
    ...queueMeters(registry),
    ...healthMeters(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type CallMeters = Pick<
  Metrics,
  'callAnswered' | 'taskCreated' | 'streamOpened' | 'streamClosed' | 'chunkStored'
>;

function callMeters(registry: Registry): CallMeters {
  const registers = [registry];
  const calls = new Histogram({
    name: 'verve_http_request_duration_seconds',
    help: 'Time to answer a call. Held polls and streams are not in it.',
    labelNames: ['method', 'route', 'status'],
    buckets: callSeconds,
    registers,
  });
  const created = new Counter({ name: 'verve_tasks_created_total', help: 'Tasks created.', registers });
  const streams = new Gauge({
    name: 'verve_open_streams',
    help: 'Log and event streams, and downloads, that are open.',
    labelNames: ['kind'],
    registers,
  });
  const chunks = new Counter({ name: 'verve_log_chunks_total', help: 'Log chunks stored.', registers });
  const lines = new Counter({ name: 'verve_log_lines_total', help: 'Log lines stored.', registers });
  return {
    callAnswered({ method, route, status, seconds }) {
      calls.observe({ method, route, status: `${Math.floor(status / 100)}xx` }, seconds);
    },
    taskCreated: () => {
      created.inc();
    },
    streamOpened: (kind) => {
      streams.inc({ kind });
    },
    streamClosed: (kind) => {
      streams.dec({ kind });
    },
    chunkStored: (count) => {
      chunks.inc();
      lines.inc(count);
    },
  };
}

type QueueMeters = Pick<
  Meters,
  'taskClaimed' | 'taskEnded' | 'taskRequeued' | 'claimUndelivered' | 'claimStatement' | 'heldPolls'
>;

function queueMeters(registry: Registry): QueueMeters {
  const registers = [registry];
  const waits = new Histogram({
    name: 'verve_claim_wait_seconds',
    help: 'From the making of a task to its first claim.',
    buckets: waitSeconds,
    registers,
  });
  const ended = new Counter({
    name: 'verve_tasks_ended_total',
    help: 'Tasks that ended for good, by status and reason.',
    labelNames: ['status', 'reason'],
    registers,
  });
  const requeued = new Counter({
    name: 'verve_tasks_requeued_total',
    help: 'Attempts that ended or were taken back with another one to follow, by reason.',
    labelNames: ['reason'],
    registers,
  });
  const undelivered = new Counter({
    name: 'verve_claims_undelivered_total',
    help: 'Claims taken back before their worker had them.',
    registers,
  });
  const statements = new Counter({
    name: 'verve_claim_statements_total',
    help: 'Claim statements run, by whether they found a task.',
    labelNames: ['found'],
    registers,
  });
  const held = new Gauge({ name: 'verve_held_polls', help: 'Polls that are held.', registers });
  return {
    taskClaimed: (seconds) => {
      waits.observe(seconds);
    },
    taskEnded: (status, reason) => {
      ended.inc({ status, reason: labelOf(reason) });
    },
    taskRequeued: (reason) => {
      requeued.inc({ reason: labelOf(reason) });
    },
    claimUndelivered: () => {
      undelivered.inc();
    },
    claimStatement: (claims) => {
      statements.inc({ found: String(claims > 0) });
    },
    heldPolls: (count) => {
      held.set(count);
    },
  };
}

/** A worker of another version may report any reason; a label must not. */
function labelOf(reason: string): string {
  return Object.hasOwn(reasonBlames, reason) ? reason : 'Other';
}

type HealthMeters = Pick<Meters, 'queueDepth' | 'workersDisconnected' | 'storageUnavailable' | 'logsPruned'>;

function healthMeters(registry: Registry): HealthMeters {
  const registers = [registry];
  const tasks = new Gauge({
    name: 'verve_queue_tasks',
    help: 'Tasks that are pending or running, over all projects.',
    labelNames: ['status'],
    registers,
  });
  const oldest = new Gauge({
    name: 'verve_queue_oldest_pending_seconds',
    help: 'Age of the oldest pending task; 0 = none.',
    registers,
  });
  const sweep = new Gauge({
    name: 'verve_sweep_last_success_timestamp_seconds',
    help: 'When the sweep last read the queue: old means that leases are not taken back.',
    registers,
  });
  const disconnected = new Counter({
    name: 'verve_workers_disconnected_total',
    help: 'Workers whose heartbeat stopped.',
    registers,
  });
  const unavailable = new Counter({
    name: 'verve_storage_unavailable_total',
    help: 'Times that the database was found away, full or locked.',
    labelNames: ['component'],
    registers,
  });
  const pruned = new Counter({
    name: 'verve_logs_pruned_total',
    help: 'Tasks whose log retention deleted.',
    registers,
  });
  return {
    queueDepth({ pending, running, oldestPendingAt }, nowMs) {
      tasks.set({ status: 'pending' }, pending);
      tasks.set({ status: 'running' }, running);
      oldest.set(oldestPendingAt === undefined ? 0 : Math.max(0, (nowMs - oldestPendingAt) / 1000));
      sweep.set(nowMs / 1000);
    },
    workersDisconnected: (count) => {
      disconnected.inc(count);
    },
    storageUnavailable: (component) => {
      unavailable.inc({ component });
    },
    logsPruned: (count) => {
      pruned.inc(count);
    },
  };
}
