import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';

import { releaseNamespace, type Part } from './catalogue.ts';

/** A chart cannot be rendered; the message says why. */
export class NotRendered extends Error {
  override readonly name = 'NotRendered';
}

/** What a chart makes of the values of its folder of manifests, as helm prints it, without hooks. Throws NotRendered. */
export async function renderChart(root: string, { chart, folder }: Part): Promise<string> {
  const values = join(root, folder, 'values.yaml');
  // A helm may know no Kubernetes as new as the charts want, and knows no cluster here.
  const args = ['--namespace', releaseNamespace, '--values', values, '--no-hooks', '--kube-version=1.34'];
  try {
    const { stdout } = await promisify(execFile)('helm', [
      'template',
      chart,
      join(root, 'charts', chart),
      ...args,
    ]);
    return stdout;
  } catch (error) {
    const { code, stderr = '' } = error as { code?: unknown; stderr?: string };
    const why =
      code === 'ENOENT' ? 'there is no helm on the PATH (3.17 or newer)' : `helm refuses:\n${stderr.trim()}`;
    throw new NotRendered(`${folder} is made by helm, but ${why}`, { cause: error });
  }
}
