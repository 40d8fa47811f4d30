import { reasonBlames, type Reason } from '@verve/contract';

/** What to tell a person about an end when the worker told nothing: what happened and what may be done. */
const sentences = {
  PullRequestOpened: 'The change is in a pull request.',
  BranchPushed: 'The change is on its branch.',
  NoChanges: 'The agent ended without changing anything.',
  AgentFailed:
    "The agent failed. The log tells why where the worker lets it; the worker keeps the agent's events.",
  AgentStalled: 'The agent was stopped because it printed nothing for too long.',
  TimedOut: 'The agent was stopped when its time was over. Give the task more time or less to do.',
  BudgetExceeded: 'The agent was stopped when its budget was spent.',
  OutOfMemory: 'The run needed more memory than it may have. Raise the limit on the worker.',
  OutOfDisk: 'The run needed more disk than it may have. Raise the limit on the worker.',
  SetupFailed: "The repository's setup command failed; the log tells why.",
  VerifyFailed: "The repository's verify command failed; the log tells why.",
  AgentRateLimited: "The model host refused because of its rate limit. Wait, or raise the account's limit.",
  ModelUnavailable: 'The model host could not be reached or had an error of its own.',
  Disrupted: 'The run was ended from outside: evicted, drained, preempted or deleted.',
  WorkerLost: 'The worker stopped telling that it runs this. Look at its log and at what it ran on.',
  RunVanished: 'The run is gone and left no result.',
  ImagePullFailed: "The agent's image could not be pulled. Check its name and the pull secret.",
  Unschedulable: 'No node could take the run. Check requests, limits and node selectors.',
  ConfigInvalid: "The worker's configuration does not allow the run to start.",
  AgentUnauthorized: "The model host refused the agent's key. Check the key on the worker.",
  CheckoutFailed:
    "The repository could not be checked out. Check its address and the worker's git credentials.",
  PublishFailed: "The branch could not be pushed. Check the worker's git credentials and the branch.",
  PullRequestFailed:
    'The branch was pushed, but the pull request could not be opened. Check the forge token.',
  PolicyDenied: "The worker's policy does not allow this task.",
  Canceled: 'The task was canceled.',
} as const satisfies Record<Reason, string>;

function isKnown(reason: string): reason is Reason {
  return Object.hasOwn(reasonBlames, reason);
}

/** A sentence for an end that came with none. */
export function sentenceOf(reason: string): string {
  return isKnown(reason)
    ? sentences[reason]
    : `The attempt ended with ${reason}; the end of the log may tell why.`;
}
