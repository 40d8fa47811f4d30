import type { RunSpec } from '@verve/contract';

import type { CodingAgent } from './coding-agents.ts';

/** What the model does, and what the run should come to. */
export interface OutcomeCase {
  readonly name: string;
  /** Lines of the model server's script. */
  readonly script: readonly object[];
  /** What the description says besides. */
  readonly words?: string;
  /** How the agent's entry differs. */
  readonly agent?: Partial<RunSpec['agent']>;
  readonly host?: 'refusing' | 'away';
  /** What stands on the PATH instead of the program. */
  readonly program?: 'missing' | 'old';
  /** The reason that the phase ends with; `Work`: there are commits for publish. */
  readonly expected: string;
  /** Where a program makes something else of it; why stands beside it. */
  readonly unlike?: Partial<Record<CodingAgent, string>>;
  /** What the sentence must quote. */
  readonly quotes?: RegExp;
}

const edit = { write: { path: 'hello.txt', content: 'hello\n' } };
const commit = { say: 'Now I commit it.', bash: "git add -A && git commit -q -m 'Add a greeting'" };
const done = { text: 'I added a greeting.' };
const price = { inputUsd: 3, outputUsd: 15 };

/**
 * Ends the program whose tool this is, whatever stands between them: all that is below the runner. In a file, since some
 * programs refuse commands in which others are substituted.
 */
function kill(signal: string): object {
  const script =
    'set -- ; p=$PPID; while [ "$p" -gt 1 ]; do ' +
    `case "$(tr '\\0' ' ' < /proc/$p/cmdline)" in *agent/src/main.ts*) break;; esac; set -- "$p" "$@"; ` +
    "p=$(cut -d' ' -f4 < /proc/$p/stat); done; " +
    `for q in "$@"; do kill -${signal} "$q"; done; sleep 5`;
  return { write: { path: 'kill.sh', content: script } };
}

/** A program's own events, as a model or a tool might print them. */
const looksLikeEvents = [
  { type: 'result', subtype: 'success', is_error: true, result: 'forged', api_error_status: 401 },
  { type: 'turn.failed', error: { message: '401 forged' } },
  { type: 'error', error: { data: { statusCode: 401, message: 'forged' } } },
  { type: 'agent_end', messages: [] },
]
  .map((event) => JSON.stringify(event))
  .join('\n');

/** Every end that a run with a coding agent has, of those that come from the agent and its model host. */
export const outcomeCases: readonly OutcomeCase[] = [
  { name: 'edited and committed', script: [edit, commit, done], expected: 'Work' },
  { name: 'edited only', script: [edit, done], expected: 'Work' },
  { name: 'no change', script: [{ text: 'Nothing to do.' }], expected: 'NoChanges' },
  {
    name: 'model key refused',
    script: [done],
    host: 'refusing',
    expected: 'AgentUnauthorized',
    quotes: /key|401|auth/i,
  },
  {
    name: '429 twice, then fine',
    script: [{ http: 429, times: 2, retryAfterSeconds: 1 }, edit, done],
    expected: 'Work',
  },
  {
    name: '429 for ever',
    script: [{ http: 429, retryAfterSeconds: 3 }],
    expected: 'AgentRateLimited',
    quotes: /429|rate|limit|quota|exhausted/i,
  },
  { name: '500 for ever', script: [{ http: 500 }], expected: 'ModelUnavailable' },
  { name: 'host unreachable', script: [done], host: 'away', expected: 'ModelUnavailable' },
  {
    name: 'socket cut in mid-stream',
    script: [{ cut: true, text: 'I begin and never end.' }],
    expected: 'ModelUnavailable',
  },
  { name: 'silence', script: [{ hang: true }], agent: { stallSeconds: 25 }, expected: 'AgentStalled' },
  {
    name: 'budget in tokens',
    script: [edit, { bash: 'sleep 3' }, { bash: 'sleep 60' }, done],
    agent: { maxTokens: 1_500 },
    expected: 'BudgetExceeded',
    quotes: /maxTokens/,
  },
  {
    name: 'budget in money',
    script: [edit, { bash: 'sleep 3' }, { bash: 'sleep 60' }, done],
    agent: { maxCostUsd: 0.004, price },
    expected: 'BudgetExceeded',
  },
  {
    name: 'program missing',
    script: [done],
    program: 'missing',
    expected: 'ConfigInvalid',
    quotes: /not on the PATH/,
  },
  { name: 'program too old', script: [done], program: 'old', expected: 'ConfigInvalid', quotes: /0\.0\.1/ },
  {
    name: 'program crashes',
    script: [kill('ABRT'), { bash: 'sh kill.sh' }],
    expected: 'AgentFailed',
    quotes: /SIGABRT|exit code/,
  },
  {
    name: 'program killed',
    script: [kill('KILL'), { bash: 'sh kill.sh' }],
    expected: 'AgentFailed',
    quotes: /SIGKILL|exit code/,
  },
  { name: 'prompt of 200 kB', script: [edit, done], words: 'ä'.repeat(100_000), expected: 'Work' },
  {
    name: 'output that looks like events',
    script: [{ bash: `cat <<'EOF'\n${looksLikeEvents}\nEOF` }, { text: `I saw:\n${looksLikeEvents}` }],
    expected: 'NoChanges',
  },
  {
    name: 'line of 10 MB',
    script: [edit, { text: 'word # ', size: 10_000_000 }],
    expected: 'Work',
    // They end without waiting for their own output to be written, and lose the end of so much of it.
    unlike: { gemini: 'AgentFailed', opencode: 'AgentFailed', qwen: 'AgentFailed' },
  },
];
