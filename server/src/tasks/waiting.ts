import { fitsWorker } from '../storage/fit.ts';
import type { Fit } from '../storage/queue-store.ts';
import type { TaskRecord, WorkerRecord } from '../storage/records.ts';

/** A reason why a worker does not take a task. */
interface Hurdle {
  readonly passes: (task: TaskRecord, worker: WorkerRecord) => boolean;
  /** What to tell when none of the workers that passed the hurdles before passes this one. */
  readonly tell: (task: TaskRecord, workers: readonly WorkerRecord[]) => string;
}

const hurdles: readonly Hurdle[] = [
  {
    passes: (_, worker) => worker.isConnected,
    tell: (_, workers) => `No worker is connected; start ${namesOf(workers)} again, or look at its log.`,
  },
  {
    passes: (task, worker) =>
      fitsWorker({ ...task, requires: {} }, { ...anyFit(worker), agents: worker.agents }),
    tell: (task, workers) =>
      `No connected worker offers the agent "${task.agent}"; add it to the configuration of ${namesOf(workers)}.`,
  },
  {
    passes: (task, worker) =>
      fitsWorker({ ...task, requires: {} }, { ...anyFit(worker), repositories: worker.repositories }),
    tell: (task, workers) =>
      `No worker may work on ${task.repository}; allow it in the configuration of ${namesOf(workers)}.`,
  },
  {
    passes: (task, worker) => fitsWorker(task, anyFit(worker)),
    tell: (task) => `No worker that fits has the labels ${labelsOf(task)} that the task requires.`,
  },
  {
    passes: (_, worker) => !worker.paused,
    tell: (_, workers) => `Paused: ${namesOf(workers)}. Resume it to let it take tasks.`,
  },
  {
    passes: (_, worker) => worker.running < worker.capacity,
    tell: (_, workers) => `All workers that fit are busy: ${namesOf(workers)}.`,
  },
];

/**
 * Why nothing moves a pending task right now, in a sentence that a person can act on; undefined when a worker may
 * take it at any moment. `workers` are those of its project.
 */
export function whyWaiting(
  task: TaskRecord,
  workers: readonly WorkerRecord[],
  now: number,
): string | undefined {
  if (task.notBefore !== undefined && task.notBefore > now) {
    const after = task.reason === undefined ? '' : ` after ${task.reason}`;
    return `Tried again${after} at ${new Date(task.notBefore).toISOString()}.`;
  }
  if (workers.length === 0) return 'No worker is registered for this project yet; install one.';

  let left = workers;
  for (const hurdle of hurdles) {
    const passed = left.filter((worker) => hurdle.passes(task, worker));
    if (passed.length === 0) return hurdle.tell(task, left);
    left = passed;
  }
  return undefined;
}

/** The worker's fit without its lists of agents and repositories. */
function anyFit(worker: WorkerRecord): Fit {
  return { projectId: worker.projectId, labels: worker.labels };
}

function namesOf(workers: readonly WorkerRecord[]): string {
  const names = workers.slice(0, 3).map((worker) => `"${worker.name}"`);
  const more = workers.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function labelsOf(task: TaskRecord): string {
  return Object.entries(task.requires)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
