import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { ask } from './docker.ts';

/**
 * The files that an image adds to the one that it stands on, in any of its layers: what a layer has is there for whoever
 * has the image, also where a later one takes it away.
 */
export async function filesOn(base: string, image: string): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'verve-image-'));
  try {
    const archive = join(folder, 'image.tar');
    await ask(['save', '--output', archive, image]);
    execFileSync('tar', ['-xf', archive, '-C', folder]);
    const [{ Layers: layers }]: [{ Layers: string[] }] = JSON.parse(
      readFileSync(join(folder, 'manifest.json'), 'utf8'),
    );
    const baseLayers = await layersOf(base);
    return layers.slice(baseLayers.length).flatMap((layer) => filesOf(join(folder, layer)));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function layersOf(image: string): Promise<string[]> {
  return JSON.parse(await ask(['image', 'inspect', '--format', '{{json .RootFS.Layers}}', image]));
}

function filesOf(layer: string): string[] {
  const list = execFileSync('tar', ['-tf', layer], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  return list.split('\n').filter((path) => path !== '' && !path.endsWith('/'));
}
