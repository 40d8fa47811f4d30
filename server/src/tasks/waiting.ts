import { fitRule } from '../storage/fit.ts';
import type { TaskRecord, WorkerRecord } from '../storage/records.ts';

/**
 * Why nothing moves a pending task of a project right now, in a sentence that a person can act on; undefined when a
 * worker may take it at any moment.
 */
export type WhyWaiting = (task: TaskRecord, now: number) => string | undefined;

type Rule = (task: TaskRecord) => boolean;

/** What workers of the same configuration take, ready to be held against tasks. */
interface Offer {
  readonly hasAgent: Rule;
  readonly allowsRepository: Rule;
  readonly hasLabels: Rule;
}

interface Candidate {
  readonly worker: WorkerRecord;
  readonly offer: Offer;
}

/** A reason why a worker does not take a task. */
interface Hurdle {
  readonly passes: (task: TaskRecord) => (candidate: Candidate) => boolean;
  /** What to tell when none of the workers that passed the hurdles before passes this one. */
  readonly tell: (task: TaskRecord, left: readonly Candidate[]) => string;
}

const hurdles: readonly Hurdle[] = [
  {
    passes:
      () =>
      ({ worker }) =>
        worker.isConnected,
    tell: (_, left) => `No worker is connected; start ${namesOf(left)} again, or look at its log.`,
  },
  {
    passes: (task) => onceAnOffer((offer) => offer.hasAgent(task)),
    tell: (task, left) =>
      `No connected worker offers the agent "${task.agent}"; add it to the configuration of ${namesOf(left)}.`,
  },
  {
    passes: (task) => onceAnOffer((offer) => offer.allowsRepository(task)),
    tell: (task, left) =>
      `No worker may work on ${task.repository}; allow it in the configuration of ${namesOf(left)}.`,
  },
  {
    passes: (task) => onceAnOffer((offer) => offer.hasLabels(task)),
    tell: (task) => `No worker that fits has the labels ${labelsOf(task)} that the task requires.`,
  },
  {
    passes:
      () =>
      ({ worker }) =>
        !worker.paused,
    tell: (_, left) => `Paused: ${namesOf(left)}. Resume it to let it take tasks.`,
  },
  {
    passes:
      () =>
      ({ worker }) =>
        worker.running < worker.capacity,
    tell: (_, left) => `All workers that fit are busy: ${namesOf(left)}.`,
  },
];

/**
 * Makes the rule of a project that has these workers. There may be thousands, and as many tasks: patterns are made
 * ready once for all workers of one configuration, and tasks that want the same share an answer.
 */
export function whyWaiting(workers: readonly WorkerRecord[]): WhyWaiting {
  const candidates = toCandidates(workers);
  const answers = new Map<string, string | undefined>();
  return (task, now) => {
    if (task.notBefore !== undefined && task.notBefore > now) {
      const after = task.reason === undefined ? '' : ` after ${task.reason},`;
      return `Will be tried again${after} at ${secondOf(task.notBefore)}.`;
    }
    const wanted = JSON.stringify([task.agent, task.repository, task.requires]);
    if (!answers.has(wanted)) answers.set(wanted, tellOf(task, candidates));
    return answers.get(wanted);
  };
}

/** A moment in UTC, without the milliseconds that nobody waits by. */
function secondOf(ms: number): string {
  return new Date(ms).toISOString().replace(/\.\d+Z$/, 'Z');
}

function tellOf(task: TaskRecord, candidates: readonly Candidate[]): string | undefined {
  if (candidates.length === 0) return 'No worker is registered for this project yet; install one.';
  let left = candidates;
  for (const hurdle of hurdles) {
    const passed = left.filter(hurdle.passes(task));
    if (passed.length === 0) return hurdle.tell(task, left);
    left = passed;
  }
  return undefined;
}

function toCandidates(workers: readonly WorkerRecord[]): Candidate[] {
  const offers = new Map<string, Offer>();
  return workers.map((worker) => {
    const name = JSON.stringify([worker.agents, worker.repositories, worker.labels]);
    const offer = offers.get(name) ?? toOffer(worker);
    offers.set(name, offer);
    return { worker, offer };
  });
}

function toOffer({ projectId, agents, repositories, labels }: WorkerRecord): Offer {
  const ofAgents = fitRule({ projectId, labels: {}, agents });
  const ofRepositories = fitRule({ projectId, labels: {}, repositories });
  return {
    hasAgent: (task) => ofAgents({ ...task, requires: {} }),
    allowsRepository: (task) => ofRepositories({ ...task, requires: {} }),
    hasLabels: fitRule({ projectId, labels }),
  };
}

function onceAnOffer(rule: (offer: Offer) => boolean): (candidate: Candidate) => boolean {
  const verdicts = new Map<Offer, boolean>();
  return ({ offer }) => {
    const verdict = verdicts.get(offer) ?? rule(offer);
    verdicts.set(offer, verdict);
    return verdict;
  };
}

function namesOf(candidates: readonly Candidate[]): string {
  const names = candidates.slice(0, 3).map(({ worker }) => `"${worker.name}"`);
  const more = candidates.length - names.length;
  return more > 0 ? `${names.join(', ')} and ${more} more` : names.join(', ');
}

function labelsOf(task: TaskRecord): string {
  return Object.entries(task.requires)
    .map(([key, value]) => `${key}=${value}`)
    .join(', ');
}
