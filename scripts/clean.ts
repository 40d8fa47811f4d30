import { rmSync, globSync } from 'node:fs';
import { join } from 'node:path';

// Removes what a build, a test run or a type check leaves. Never the trial's data.
const root = join(import.meta.dirname, '..');
const leftovers = ['*/dist', '*/tsconfig.tsbuildinfo', 'coverage', 'node_modules/.cache/verve-scripts'];

for (const path of leftovers.flatMap((pattern) => globSync(pattern, { cwd: root }))) {
  rmSync(join(root, path), { recursive: true, force: true });
  console.log(`removed ${path}`);
}
