import { expect, test } from 'vitest';

import { newestContainer, type Pod } from './running-container.ts';

function pod(name: string, minute: number, containerID?: string): Pod {
  const container = containerID === undefined ? { name: 'server' } : { name: 'server', containerID };
  return {
    metadata: { name, creationTimestamp: `2026-01-01T00:${String(minute).padStart(2, '0')}:00Z` },
    status: { containerStatuses: [{ name: 'other', containerID: 'x' }, container] },
  };
}

test('the newest pod counts, in whatever order they are told', () => {
  const pods = [pod('old', 1, 'a'), pod('new', 3, 'c'), pod('between', 2, 'b')];

  expect(newestContainer(pods, 'server')).toEqual({ pod: 'new', id: 'c' });
});

test('one that has not begun has no log yet', () => {
  expect(newestContainer([pod('old', 1, 'a'), pod('new', 2)], 'server')).toEqual({ pod: 'old', id: 'a' });
  expect(newestContainer([pod('new', 2)], 'server')).toBeUndefined();
  expect(newestContainer([{ metadata: pod('new', 2).metadata }], 'server')).toBeUndefined();
});

test('a container that was started again is another one', () => {
  const before = newestContainer([pod('same', 1, 'a')], 'server');

  expect(newestContainer([pod('same', 1, 'b')], 'server')).not.toEqual(before);
});
