/** A condition as people and `kubectl wait` read it. */
export interface Condition {
  /** Claimed, Scheduled, Running, LogsDrained, Published, Complete (docs/crds/agentrun.md). */
  readonly type: string;
  readonly status: 'True' | 'False' | 'Unknown';
  /** In PascalCase. */
  readonly reason: string;
  readonly message: string;
  /** When its status changed last, RFC 3339. */
  readonly lastTransitionTime: string;
}

/** What is to be told. */
export type ConditionChange = Omit<Condition, 'lastTransitionTime'>;

/** The conditions with some of them changed; the time moves only with the status. */
export function withConditions(
  before: readonly Condition[],
  changes: readonly ConditionChange[],
  now: Date,
): readonly Condition[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  for (const change of changes) {
    const old = known.get(change.type);
    const lastTransitionTime = old?.status === change.status ? old.lastTransitionTime : now.toISOString();
    known.set(change.type, { ...change, lastTransitionTime });
  }
  return [...known.values()];
}

/** Those of the changes that say something new: another status, or another reason for it. */
export function newsOf(
  before: readonly Condition[],
  changes: readonly ConditionChange[],
): readonly ConditionChange[] {
  const known = new Map(before.map((condition) => [condition.type, condition]));
  return changes.filter(({ type, status, reason }) => {
    const old = known.get(type);
    return old?.status !== status || old.reason !== reason;
  });
}
