/** What is recorded of each program. */
export interface RecordingCase {
  /** The script of the model server. */
  readonly steps: readonly object[];
  /** How the program meets the model host. Absent: it is let in. */
  readonly host?: 'refuses the key' | 'is not there';
  /** Whether the program gets SIGINT while its tool runs. */
  readonly isInterrupted?: boolean;
  readonly hasBudget?: boolean;
  readonly isModelUnknown?: boolean;
  /** Absent: all programs. */
  readonly only?: readonly string[];
}

const write = { write: { path: 'hello.txt', content: 'hello\n' } };
const text = { text: 'There is nothing to do.' };

/** The cases, by the names of their files. */
export const cases: Readonly<Record<string, RecordingCase>> = {
  'edited-and-committed': {
    steps: [
      write,
      {
        say: 'Now I commit it.',
        bash: "git add -A && git commit -q -m 'Add a greeting' && git status --short",
      },
      { text: 'I added hello.txt and committed it.' },
    ],
  },
  unauthorized: { steps: [text], host: 'refuses the key' },
  'rate-limited': { steps: [{ http: 429, retryAfterSeconds: 7, ...text }] },
  'server-error': { steps: [{ http: 500, ...text }] },
  interrupted: {
    steps: [{ say: 'This takes long.', bash: 'echo begun; sh -c "sleep 600"' }, { text: 'It is over.' }],
    isInterrupted: true,
  },
  'edited-only': { steps: [write, { text: 'I added hello.txt.' }] },
  'no-change': { steps: [text] },
  'rate-limited-twice': { steps: [{ http: 429, times: 2, retryAfterSeconds: 1, ...text }] },
  unreachable: { steps: [text], host: 'is not there' },
  'cut-stream': {
    steps: [{ cut: true, text: 'There was a long tale that nobody ever heard the end of. ', repeat: 5 }],
  },
  'tool-failed': {
    steps: [
      { bash: 'echo some output; echo some trouble >&2; exit 3' },
      { text: 'The command failed with exit code 3.' },
    ],
  },
  'two-tools': {
    steps: [
      { say: 'I do two things.', calls: [{ bash: 'echo first' }, { bash: 'echo second' }] },
      { text: 'Both are done.' },
    ],
  },
  budget: {
    steps: [{ bash: 'echo first' }, { bash: 'echo second' }, { bash: 'echo third' }, text],
    hasBudget: true,
    only: ['claude', 'gemini', 'qwen'],
  },
  'unknown-model': { steps: [write, text], isModelUnknown: true, only: ['codex'] },
};
