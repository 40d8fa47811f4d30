import { expect, test } from 'vitest';

import { imageValues } from './releases.ts';

const tags = { server: 'dev-s', worker: 'dev-w', agent: 'dev-a' };

test('runs have the image of the agent, which has a tag of its own', () => {
  const values = imageValues('verve-worker', { tags, registry: '' });

  expect(values).toEqual({
    image: { registry: '', tag: 'dev-w' },
    config: { kubernetes: { image: 'verve-agent:dev-a' } },
  });
});

test('a registry stands before every image', () => {
  const parts = { tags, registry: 'localhost:5000' };

  expect(imageValues('verve-server', parts)).toEqual({ image: { registry: 'localhost:5000', tag: 'dev-s' } });
  expect(imageValues('verve-worker', parts)).toMatchObject({
    image: { registry: 'localhost:5000' },
    config: { kubernetes: { image: 'localhost:5000/verve-agent:dev-a' } },
  });
});
