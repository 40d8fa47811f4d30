import type { Claim, Client, RegisterWorkerInput } from '@verve/contract';
import type { Logger } from 'pino';

import { findBegun } from './adoption.ts';
import { createAttemptsInHand } from './attempts-in-hand.ts';
import type { WorkerSettings } from './config.ts';
import type { Executor } from './executor.ts';
import type { ForgeTokens } from './forge-tokens.ts';
import type { Health } from './health.ts';
import { insist } from './insist.ts';
import type { Journal, JournalEntry } from './journal.ts';
import { createLeaseKeeper } from './lease-keeper.ts';
import { createLimiter } from './limiter.ts';
import type { RunLogs } from './logs/run-logs.ts';
import type { Meters } from './meters.ts';
import { agentOf, denialOf } from './policy.ts';
import { poll, type Polling } from './poller.ts';
import { register } from './registration.ts';
import { prepareRun } from './run-preparation.ts';
import { specOf } from './run-spec.ts';
import { heedWithdrawals } from './withdrawals.ts';
import { createWithdrawnTasks } from './withdrawn-tasks.ts';

/** What a worker is made of. */
export interface WorkerParts {
  readonly client: Client;
  readonly executor: Executor;
  readonly journal: Journal;
  readonly logs: RunLogs;
  readonly forgeTokens: Omit<ForgeTokens, 'secrets' | typeof Symbol.asyncDispose>;
  readonly settings: WorkerSettings;
  readonly meters: Meters;
  readonly health: Pick<Health, 'enter'>;
  /** See Installation. */
  readonly instance: string;
  readonly version: string;
  /** The wall clock, ms since 1970. */
  readonly now: () => number;
  /** Between two tries after trouble on this side, ms. */
  readonly troubleMs: number;
  readonly logger: Logger;
}

/**
 * Works until the signal: goes on with what an earlier process began, finishes what ended meanwhile, and only then claims
 * and runs tasks. Runs are left running at the end, for the next process.
 */
export async function work(parts: WorkerParts, signal: AbortSignal): Promise<void> {
  const { client, executor, journal, logs, forgeTokens, settings, meters, health, logger } = parts;
  const body = registration(parts);
  health.enter('registering');
  let known = await register({ client, body, settings, logger }, signal);
  logger.info({ workerId: known.id, name: body.name, capacity: body.capacity }, 'worker registered');
  health.enter('working');
  const workerId = (): string => known.id;

  await using keeper = createLeaseKeeper({
    client,
    workerId,
    heartbeatSeconds: () => known.heartbeatSeconds,
    register: async (either) => {
      known = await register({ client, body, settings, logger }, either);
    },
    logger: logger.child({ component: 'lease-keeper' }),
  });
  const limiter = createLimiter(settings.capacity);
  const attempts = createAttemptsInHand({
    client,
    executor,
    journal,
    keeper,
    logs,
    forgeTokens,
    meters,
    limiter,
    prepare: async (entry) => prepareRun({ settings, forgeTokens }, entry, signal),
    now: parts.now,
    troubleMs: parts.troubleMs,
    logger: logger.child({ component: 'attempt' }),
  });
  const withdrawn = createWithdrawnTasks();
  const polling: Polling = {
    client,
    workerId,
    limiter,
    logger: logger.child({ component: 'poller' }),
    take: (claim) => void attempts.begin(entryOf(parts, claim, withdrawn.take(claim)), signal),
    cancel: (ref) => keeper.cancel(ref),
  };
  try {
    const adoption = { client, executor, journal, keeper, logger: logger.child({ component: 'adoption' }) };
    const adopted = await insist(
      { step: 'find what was begun', pauseMs: parts.troubleMs, logger: adoption.logger },
      async () => findBegun(adoption, signal),
      signal,
    );
    withdrawn.learn(adopted);
    await logs.removeOthers(adopted.map(({ entry }) => entry));
    await insist(
      { step: 'take over the tokens of forges', pauseMs: parts.troubleMs, logger: adoption.logger },
      async () => forgeTokens.adopt(adopted.map(({ entry }) => entry)),
      signal,
    );
    const begun = adopted.map(({ entry, isOver, isLost }) => ({
      // Nobody waits for what was lost, and its node may be gone.
      isAwaited: isOver && !isLost,
      done: attempts.begin(entry, signal),
    }));
    const heeding = heedWithdrawals({ journal, keeper }, signal);
    await Promise.all(begun.flatMap(({ isAwaited, done }) => (isAwaited ? [done] : [])));
    await Promise.all([poll(polling, signal), heeding]);
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  health.enter('stopping');
  await attempts.settle();
}

function registration({ settings, executor, instance, version }: WorkerParts): RegisterWorkerInput {
  return {
    name: settings.name,
    version,
    executor: executor.name,
    capacity: settings.capacity,
    instance,
    labels: settings.labels,
    agents: settings.agents.map((agent) => agent.name),
    repositories: settings.repositories,
  };
}

/** A new attempt's entry; one that is withdrawn, or that the policy denies, has its outcome before anything starts. */
function entryOf(
  { settings, meters, now, logger }: WorkerParts,
  claim: Claim,
  withdrawal: string | undefined,
): JournalEntry {
  const { task, attempt } = claim;
  const agent = agentOf(settings, task.agent);
  const entry: JournalEntry = {
    taskId: task.id,
    attempt,
    spec: specOf(settings, claim),
    claimedAtMs: now(),
    timeoutSeconds: Math.min(task.timeoutSeconds, agent?.timeoutSeconds ?? Infinity),
  };
  logger.info({ taskId: task.id, attempt }, 'task claimed');
  meters.taskClaimed();
  if (withdrawal !== undefined) {
    const outcome = {
      attempt,
      status: 'canceled',
      reason: 'Canceled',
      message: withdrawal,
      lastSeq: 0,
    } as const;
    return { ...entry, outcome };
  }
  const message = denialOf(settings, task);
  if (message === undefined) return entry;
  return { ...entry, outcome: { attempt, status: 'failed', reason: 'PolicyDenied', message, lastSeq: 0 } };
}
