import type { RunSpec } from '@verve/contract';

const defaultPreamble = `You work on a task in a git repository. Your working directory is its work tree.
Nobody can answer questions while you work: where the task leaves something open, decide as its author would want it.
Change what the task asks for and nothing else, and check your work as the project itself does.
Commit as you like, or leave your changes uncommitted: they are committed for you. Never push, and do not rewrite commits that you were given.
End with a summary of what you did and why, in Markdown: it becomes the text of the pull request.`;

/** What an agent is told: how it works here, the task, and what its operator asks of it besides. */
export function promptOf({ description, agent }: Pick<RunSpec, 'description' | 'agent'>): string {
  const { preamble = defaultPreamble, instructions } = agent;
  return [
    preamble,
    `The task:\n\n${description}`,
    ...(instructions === undefined ? [] : [instructions]),
  ].join('\n\n');
}
