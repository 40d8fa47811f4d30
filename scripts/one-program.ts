import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

// one-program <package>: leaves of the pins in the current folder those of one program alone, for `npm ci` to install.
// Run by the Dockerfiles in `agent/images/`.

interface Pins {
  dependencies: Record<string, string>;
}

const [name = ''] = process.argv.slice(2);
const manifest = read('package.json') as Pins;
const lock = read('package-lock.json') as { packages: { '': Pins } };
const version = manifest.dependencies[name];
if (version === undefined) {
  console.error(`one-program: package.json pins no "${name}"`);
  process.exit(1);
}
const dependencies = { [name]: version };
write('package.json', { ...manifest, dependencies });
write('package-lock.json', {
  ...lock,
  packages: { ...lock.packages, '': { ...lock.packages[''], dependencies } },
});

function read(file: string): unknown {
  return JSON.parse(readFileSync(join(process.cwd(), file), 'utf8'));
}

function write(file: string, content: unknown): void {
  writeFileSync(join(process.cwd(), file), `${JSON.stringify(content, undefined, 2)}\n`);
}
