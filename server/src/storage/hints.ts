/** What a hint is about: tasks to claim, cancellations to tell, log chunks, workers that came, were paused, resumed or went, changed tasks or workers. */
export const hintTopics = ['queue', 'cancels', 'logs', 'workers', 'changes'] as const;
export type HintTopic = (typeof hintTopics)[number];

/**
 * "Look again": carries nothing, may be merged with others or lost. Who listens also looks by itself now and then.
 * `notify` is called after the commit, reaches this process at once and others soon, and never fails or waits.
 */
export interface Hints {
  notify(topic: HintTopic): void;
  /** Calls `listener` until the returned function is called. A listener must not throw. */
  subscribe(topic: HintTopic, listener: () => void): () => void;
}
