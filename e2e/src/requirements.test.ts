import { describe, expect, test } from 'vitest';

import { parts, requiredParts, skipWithout, thisMachine, whyMissing, type Machine } from './requirements.ts';

function machine(env: Record<string, string>, files: readonly string[] = []): Machine {
  return {
    env: { HOME: '/home/me', PATH: '/bin:/opt/bin', ...env },
    can: (_, path) => files.includes(path),
    whyNoTmpfs: () => 'only root may mount',
    tell: () => undefined,
  };
}

function skipOf(part: (typeof parts)[number], on: Machine): string | undefined {
  let told: string | undefined;
  const skip = ((note: string) => (told = note)) as Parameters<typeof skipWithout>[1]['skip'];
  skipWithout(part, { skip }, on);
  return told;
}

test('a bare machine has no part, and says of each why', () => {
  expect(parts.map((part) => whyMissing(part, machine({})))).toEqual([
    expect.stringContaining('DOCKER_HOST'),
    expect.stringContaining('KUBECONFIG'),
    expect.stringContaining('FORGE_URL'),
    expect.stringContaining('chromium'),
    expect.stringContaining('mount'),
    expect.stringContaining('VERVE_AGENTS_BIN'),
  ]);
});

test.each([
  ['docker', machine({ DOCKER_HOST: 'tcp://127.0.0.1:2375' })],
  ['docker', machine({}, ['/var/run/docker.sock'])],
  ['kubernetes', machine({ KUBECONFIG: '/k' })],
  ['kubernetes', machine({}, ['/home/me/.kube/config'])],
  ['forge', machine({ FORGE_URL: 'http://127.0.0.1:3000' })],
  ['browser', machine({}, ['/opt/bin/chromium'])],
  ['agents', machine({ VERVE_AGENTS_BIN: '/agents/bin' })],
] as const)('%s is found where it is usual', (part, on) => {
  expect(whyMissing(part, on)).toBeUndefined();
  expect(skipOf(part, on)).toBeUndefined();
});

test('a test without its part is skipped with the reason', () => {
  expect(skipOf('forge', machine({}))).toBe('needs forge, but FORGE_URL is not set');
});

test('a part that is required makes the test fail instead', () => {
  const on = machine({ VERVE_TEST_REQUIRE: 'docker, forge' });

  expect([...requiredParts(on)]).toEqual(['docker', 'forge']);
  expect(() => skipOf('forge', on)).toThrow(
    /forge is required by VERVE_TEST_REQUIRE, but FORGE_URL is not set/,
  );
});

test('a typing error in VERVE_TEST_REQUIRE is not taken for nothing', () => {
  expect(() => requiredParts(machine({ VERVE_TEST_REQUIRE: 'dokcer' }))).toThrow(/dokcer/);
});

describe('on this machine', () => {
  test.for(parts)('%s can be used', (part, context) => {
    skipWithout(part, context);

    expect(whyMissing(part, thisMachine)).toBeUndefined();
  });
});
