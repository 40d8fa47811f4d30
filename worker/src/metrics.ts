import { reasonBlames } from '@verve/contract';
import { collectDefaultMetrics, Counter, Gauge, Registry } from 'prom-client';

import type { Meters } from './meters.ts';
import { usageMeters } from './usage-metrics.ts';

/** Every meter of the worker, and their text for Prometheus. */
export interface Metrics extends Meters {
  /** For `GET /metrics`. */
  text(): Promise<string>;
  readonly contentType: string;
}

/** Meters on a registry of their own, with those of the process if asked for. `now` is the wall clock in ms. */
export function createMetrics({
  withProcess,
  now,
}: {
  readonly withProcess: boolean;
  readonly now: () => number;
}): Metrics {
  const registry = new Registry();
  if (withProcess) collectDefaultMetrics({ register: registry });
  return {
    ...attemptMeters(registry),
    ...callMeters(registry, now),
    ...kubernetesMeters(registry),
    ...logMeters(registry),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  };
}

type AttemptMeters = Pick<
  Meters,
  'taskClaimed' | 'attemptEnded' | 'usageInHand' | 'attemptLost' | 'attemptInTrouble' | 'inHand'
>;

function attemptMeters(registry: Registry): AttemptMeters {
  const registers = [registry];
  const claims = new Counter({ name: 'verve_worker_claims_total', help: 'Tasks claimed.', registers });
  const ended = new Counter({
    name: 'verve_worker_attempts_total',
    help: 'Attempts that ended, by status and reason.',
    labelNames: ['status', 'reason'],
    registers,
  });
  const lost = new Counter({
    name: 'verve_worker_attempts_lost_total',
    help: 'Attempts that the server gave up; their runs were stopped.',
    registers,
  });
  const trouble = new Counter({
    name: 'verve_worker_attempts_in_trouble_total',
    help: "Times that an attempt met trouble on the worker's side: a full disk, an engine that is away.",
    registers,
  });
  const inHand = new Gauge({ name: 'verve_worker_attempts_in_hand', help: 'Attempts in hand.', registers });
  const used = usageMeters(registry);
  const capacity = new Gauge({ name: 'verve_worker_capacity', help: 'Attempts at once.', registers });
  return {
    taskClaimed: () => {
      claims.inc();
    },
    attemptEnded: (attempt, { status, reason, usage }) => {
      ended.inc({ status, reason: labelOf(reason) });
      used.ended(attempt, usage);
    },
    attemptLost: (attempt) => {
      lost.inc();
      used.ended(attempt, undefined);
    },
    usageInHand: (attempt, usage) => used.inHand(attempt, usage),
    attemptInTrouble: () => {
      trouble.inc();
    },
    inHand: (count, most) => {
      inHand.set(count);
      capacity.set(most);
    },
  };
}

/** A run may tell any reason; a label must not. */
function labelOf(reason: string): string {
  return Object.hasOwn(reasonBlames, reason) ? reason : 'Other';
}

function callMeters(registry: Registry, now: () => number): Pick<Meters, 'callEnded'> {
  const registers = [registry];
  const calls = new Counter({
    name: 'verve_worker_calls_total',
    help: 'Calls to the server, by whether they were answered well, refused or not answered.',
    labelNames: ['call', 'result'],
    registers,
  });
  const heartbeat = new Gauge({
    name: 'verve_worker_heartbeat_last_success_timestamp_seconds',
    help: 'When the server last answered a heartbeat: old means that attempts are being lost.',
    registers,
  });
  return {
    callEnded(call, result) {
      calls.inc({ call, result });
      if (call === 'heartbeat' && result === 'ok') heartbeat.set(now() / 1_000);
    },
  };
}

function kubernetesMeters(registry: Registry): Pick<Meters, 'kubernetesAnswered'> {
  const requests = new Counter({
    name: 'verve_worker_kubernetes_requests_total',
    help: 'Requests to the API server of Kubernetes, by the status of its answer; none: there was none.',
    labelNames: ['verb', 'resource', 'code'],
    registers: [registry],
  });
  return {
    kubernetesAnswered({ verb, resource }, code) {
      requests.inc({ verb, resource, code: code ?? 'none' });
    },
  };
}

type LogMeters = Pick<Meters, 'chunkShipped' | 'secretsMasked' | 'logGap' | 'spoolBytes'>;

function logMeters(registry: Registry): LogMeters {
  const registers = [registry];
  const chunks = new Counter({
    name: 'verve_worker_log_chunks_total',
    help: 'Log chunks that the server took.',
    registers,
  });
  const lines = new Counter({
    name: 'verve_worker_log_lines_total',
    help: 'Log lines in them.',
    registers,
  });
  const bytes = new Counter({
    name: 'verve_worker_log_bytes_total',
    help: 'Bytes of those lines.',
    registers,
  });
  const masked = new Counter({
    name: 'verve_worker_log_masked_total',
    help: 'Secrets masked in what runs said.',
    registers,
  });
  const gaps = new Counter({
    name: 'verve_worker_log_gaps_total',
    help: 'Gaps in logs: lines that nobody can read any more.',
    registers,
  });
  const spool = new Gauge({
    name: 'verve_worker_spool_bytes',
    help: 'Bytes of logs that wait for the server on this disk.',
    registers,
  });
  return {
    chunkShipped: (lineCount, byteCount) => {
      chunks.inc();
      lines.inc(lineCount);
      bytes.inc(byteCount);
    },
    secretsMasked: (count) => {
      masked.inc(count);
    },
    logGap: () => {
      gaps.inc();
    },
    spoolBytes: (count) => {
      spool.set(count);
    },
  };
}
