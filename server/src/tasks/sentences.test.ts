import { expect, test } from 'vitest';

import { sentenceOf } from './sentences.ts';

test('a failed agent is looked for in the log only as far as its worker lets it, and else on the worker', () => {
  expect(sentenceOf('AgentFailed')).toMatch(/where the worker lets it.*the worker keeps the agent's events/);
});

test('a reason that is not known is named', () => {
  expect(sentenceOf('Eclipse')).toContain('Eclipse');
});
