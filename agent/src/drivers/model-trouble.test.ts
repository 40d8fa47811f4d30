import { expect, test } from 'vitest';

import { reasonOfStatus, reasonOfWords, retryAfterOf } from './model-trouble.ts';

test.each([
  [401, 'AgentUnauthorized'],
  [403, 'AgentUnauthorized'],
  [429, 'AgentRateLimited'],
  [500, 'ModelUnavailable'],
  [529, 'ModelUnavailable'],
  [400, undefined],
  [404, undefined],
])('status %d comes to %s', (status, reason) => {
  expect(reasonOfStatus(status)).toBe(reason);
});

test.each([
  ['API Error: 401 {"type":"error","error":{"type":"authentication_error"}}', 'AgentUnauthorized'],
  ['Invalid API key · Please run /login', 'AgentUnauthorized'],
  ['unexpected status 500 Internal Server Error', 'ModelUnavailable'],
  ['exceeded retry limit, last status: 429 Too Many Requests', 'AgentRateLimited'],
  ['You exceeded your current quota', 'AgentRateLimited'],
  ['connect ECONNREFUSED 127.0.0.1:1', 'ModelUnavailable'],
  ['stream disconnected before completion', 'ModelUnavailable'],
  ['Cannot connect to API: Was there a typo in the url or port?', 'ModelUnavailable'],
  ['We’re currently experiencing high demand, which may cause temporary errors.', 'ModelUnavailable'],
  ['Quota exceeded, limit: 500, model: m1. Please retry in 500ms.', 'AgentRateLimited'],
  ['I could not find the file', undefined],
])('"%s" comes to %s', (words, reason) => {
  expect(reasonOfWords(words)).toBe(reason);
});

test.each([
  ['Rate limited. Please retry after 30s', 30],
  ['try again in 1.5 min', 90],
  ['retry in 250ms', 1],
  ['it failed', undefined],
])('"%s" means %s seconds', (words, seconds) => {
  expect(retryAfterOf(words)).toBe(seconds);
});
