import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { describe, expect, it } from 'vitest';

import { findPlace, isComplete, markerOf } from './place.ts';

describe('the place of the agents', () => {
  it('is named by their pins, below the cache', () => {
    const place = findPlace({ XDG_CACHE_HOME: '/cache' });

    expect(place.folder).toBe(`/cache/verve/agents/${place.pins}`);
    expect(place.bin).toBe(`${place.folder}/node_modules/.bin`);
  });

  it('can be chosen', () => {
    expect(findPlace({ VERVE_AGENTS_DIR: '/opt/agents', XDG_CACHE_HOME: '/cache' }).folder).toBe(
      '/opt/agents',
    );
  });

  it('is complete when its marker names these pins', () => {
    const folder = mkdtempSync(join(tmpdir(), 'verve-agents-'));
    const place = findPlace({ VERVE_AGENTS_DIR: folder });

    const before = isComplete(place);
    writeFileSync(markerOf(folder), 'others\n');
    const withOthers = isComplete(place);
    writeFileSync(markerOf(folder), `${place.pins}\n`);
    const after = isComplete(place);

    expect([before, withOthers, after]).toEqual([false, false, true]);
    rmSync(folder, { recursive: true });
  });
});
