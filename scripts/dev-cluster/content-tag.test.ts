import { expect, test } from 'vitest';

import { contentTag } from './content-tag.ts';

const image = { RootFS: { Layers: ['sha256:a', 'sha256:b'] }, Config: { User: '1000:1000' } };

test('the same content has the same tag, whenever it was built', () => {
  const later = { ...image, Id: 'sha256:other', Created: '2026-01-01T00:00:00Z' };

  expect(contentTag(later)).toBe(contentTag(image));
  expect(contentTag(image)).toMatch(/^dev-[0-9a-f]{12}$/);
});

test('another layer or another start has another tag', () => {
  const layer = { ...image, RootFS: { Layers: ['sha256:a', 'sha256:c'] } };
  const start = { ...image, Config: { User: '0:0' } };

  expect(new Set([image, layer, start].map(contentTag)).size).toBe(3);
});
