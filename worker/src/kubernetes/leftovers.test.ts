import { expect, test } from 'vitest';

import { counted, leftoverProblems } from './leftovers.ts';

const none = { refused: new Map<string, string>(), runs: [], pods: [] };

test('where nothing is left there is no problem', () => {
  expect(leftoverProblems(none, 'verve')).toEqual([]);
});

test('AgentRuns that the API server refuses to remove are told once, with its words', () => {
  const refused = new Map(['a', 'b', 'c', 'd', 'e'].map((name) => [name, `webhook denied ${name}`]));

  const problems = leftoverProblems({ ...none, refused }, 'verve');

  expect(problems.map(({ message }) => message)).toEqual([
    '5 AgentRuns cannot be removed: a, b, c and 2 more: webhook denied a',
  ]);
});

test('finalizers of others are named, with the call that takes them', () => {
  const runs = [{ metadata: { name: 'a', finalizers: ['example.org/x'] } }];

  const [problem] = leftoverProblems({ ...none, runs }, 'verve');

  expect(problem?.message).toBe('1 AgentRun still there: a; kept by example.org/x');
  expect(problem?.fix).toContain('kubectl patch agentrun --namespace verve a ');
});

test('AgentRuns and pods that are slow to go are told apart, with the nodes of the pods', () => {
  const runs = [{ metadata: { name: 'a' } }];
  const pods = [{ metadata: { name: 'p' }, spec: { nodeName: 'n1', containers: [] } }];

  const problems = leftoverProblems({ ...none, runs, pods }, 'verve');

  expect(problems.map(({ message }) => message)).toEqual([
    '1 AgentRun still there: a',
    '1 pod still there: p, on n1',
  ]);
  expect(problems[1]?.fix).toContain('kubectl describe pod --namespace verve p');
});

test.each([
  [0, '0 pods'],
  [1, '1 pod'],
  [2, '2 pods'],
])('%i is counted as %s', (count, words) => {
  expect(counted(count, 'pod')).toBe(words);
});
