import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

import { expect, test } from 'vitest';

/** Every file that is loaded for some of this folder. */
function loadedFor(...names: string[]): string[] {
  const urls = names.map((name) => new URL(name, import.meta.url).href);
  const script = `
    const { registerHooks } = await import('node:module');
    registerHooks({ load: (url, context, next) => (console.log(url), next(url, context)) });
    for (const url of ${JSON.stringify(urls)}) await import(url);
  `;
  const argv = ['--conditions=source', '--input-type=module', '--eval', script];
  const cwd = fileURLToPath(new URL('..', import.meta.url));
  return execFileSync(process.execPath, argv, { cwd, encoding: 'utf8' }).split('\n');
}

// A run starts the program three times, and git starts it for each login; the whole contract doubles what that takes.
test.each([
  ['a login', ['access.ts', 'config.ts', 'credential-helper.ts']],
  ['checkout', ['config.ts', 'phase.ts', 'phases/checkout.ts']],
  ['agent', ['config.ts', 'phase.ts', 'phases/agent.ts']],
  ['publish', ['config.ts', 'phase.ts', 'phases/publish.ts']],
  ['a container', ['config.ts', 'container/container-run.ts', 'container/container-setting.ts']],
])('%s loads no more of the contract than it needs', (_, names) => {
  const loaded = loadedFor(...names);

  expect(loaded.some((url) => url.endsWith('/contract/src/run.ts'))).toBe(true);
  expect(loaded.filter((url) => /contract\/src\/(index|api|task)\.ts$/.test(url))).toEqual([]);
});

test('a phase loads nothing of another', () => {
  expect(loadedFor('phase.ts').filter((url) => url.includes('/phases/'))).toEqual([]);
});

test('a container loads nothing of the phase that it supervises', () => {
  const loaded = loadedFor('container/container-run.ts', 'container/container-setting.ts');

  expect(loaded.some((url) => url.endsWith('/container-run.ts'))).toBe(true);
  expect(loaded.filter((url) => /\/phases?[/.]|\/(git|runner|forge)/.test(url))).toEqual([]);
});
