import Fastify from 'fastify';
import { expect, test } from 'vitest';

import { namesProxies } from './proxy-trust.ts';

test.each([
  ['10.0.0.1', true],
  ['10.0.0.0/8, ::1', true],
  ['fd00::/8,192.168.1.7/32', true],
  ['loopback,uniquelocal', true],
  ['yes', false],
  ['10.0.0.0/33', false],
  ['10.0.0.0/0', false],
  ['10.0.0.0/', false],
  ['10.0.0.0/8/8', false],
  ['10.0.0.1,', false],
  ['proxy.example', false],
])('%s names proxies: %s, and so says Fastify', (value, expected) => {
  const boot = (): unknown => Fastify({ trustProxy: value });

  expect(namesProxies(value)).toBe(expected);
  if (expected) expect(boot).not.toThrow();
  else expect(boot).toThrow(TypeError);
});

test('a number of hops names none, though Fastify reads an address in it', () => {
  expect(namesProxies('1')).toBe(false);
});
