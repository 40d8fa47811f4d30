import { join } from 'node:path';
import { parseArgs } from 'node:util';

import { parts } from './manifests/catalogue.ts';
import { staleFiles, writeFiles } from './manifests/folder.ts';
import { NotRendered, renderChart } from './manifests/helm.ts';
import { partFiles } from './manifests/part-files.ts';

// npm run manifests: writes what of `manifests/` is made from the charts. With `--check` it writes nothing, and ends with 1
// where something would be written.

const root = join(import.meta.dirname, '..');

async function main(isCheck: boolean): Promise<void> {
  for (const part of parts) {
    const folder = join(root, part.folder);
    const files = partFiles(part, await renderChart(root, part));
    const stale = staleFiles(folder, files);
    if (!isCheck) writeFiles(folder, files, stale);
    else if (stale.length > 0) process.exitCode = 1;
    for (const name of stale) console.log(`${isCheck ? 'out of date:' : 'wrote'} ${part.folder}/${name}`);
  }
}

try {
  const { values } = parseArgs({ options: { check: { type: 'boolean', default: false } } });
  await main(values.check);
} catch (error) {
  console.error(error instanceof NotRendered ? `manifests: ${error.message}` : error);
  process.exitCode = 1;
}
