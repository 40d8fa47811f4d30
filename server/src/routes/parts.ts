import type { leaseTimes } from '@verve/contract';

import type { Clock } from '../clock.ts';
import type { Authenticator } from '../http/auth.ts';
import type { OpenCalls } from '../http/open-calls.ts';
import type { ChangeStream } from '../logs/change-stream.ts';
import type { LogTail } from '../logs/log-tail.ts';
import type { Metrics } from '../metrics.ts';
import type { Dispatcher } from '../queue/dispatcher.ts';
import type { Storage } from '../storage/storage.ts';
import type { TaskMover } from '../tasks/task-mover.ts';
import type { WaitingRules } from './waiting-rules.ts';

/** How the HTTP side behaves. */
export interface HttpSettings {
  /** Whose `X-Forwarded-*` headers are believed: nobody's, everybody's, or those of these addresses. */
  readonly trustProxy: boolean | string;
  /** The address that people use; when it is https, session cookies are `Secure` in any case. */
  readonly publicUrl: string | undefined;
  /** Whether `/metrics` is here: it may have a port of its own. */
  readonly hasMetrics: boolean;
  /** How often a stream shows that it is alive, and how often its key is looked up again. */
  readonly streamHeartbeatMs: number;
  readonly streamRecheckMs: number;
}

/** As a server is run unless its configuration says otherwise. */
export const defaultHttpSettings: HttpSettings = {
  trustProxy: false,
  publicUrl: undefined,
  hasMetrics: true,
  streamHeartbeatMs: 15_000,
  streamRecheckMs: 25_000,
};

/** What the calls are made of. */
export interface RouteParts {
  readonly storage: Storage;
  readonly mover: TaskMover;
  readonly dispatcher: Dispatcher;
  readonly logTail: LogTail;
  readonly changeStream: ChangeStream;
  readonly waitingRules: WaitingRules;
  readonly clock: Clock;
  readonly metrics: Metrics;
  readonly leaseTimes: { readonly [K in keyof typeof leaseTimes]: number };
  readonly authenticator: Authenticator;
  readonly openCalls: OpenCalls;
  readonly http: HttpSettings;
}
