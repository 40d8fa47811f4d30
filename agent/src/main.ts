import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';

import { phase, type Phase } from '@verve/contract/states';

import { readAccess } from './access.ts';
import { accessFileOf, readAgentQuestion, readPhaseInput } from './config.ts';
import { answerGit } from './credential-helper.ts';

// verve-agent <phase>: runs one phase of a run, and leaves its outcome in $VERVE_OUT/outcome.json.
// verve-agent container <phase> [program [argument…]]: supervises one phase in a container; the program is this one
// unless another is named, with the phase as its last argument.
// verve-agent credential <operation>: git's credential helper for the phases that have credentials.
// verve-agent check [file]: says whether a run with an agent could begin, for `verve-worker doctor`. The question is read
// from the file, or from standard input.
// verve-agent check-image: says how the image that it runs in keeps to docs/agent-image.md, for `verve-worker doctor image`.
const [name, operation, ...given] = process.argv.slice(2);

if (name === 'credential') {
  await help();
} else if (name === 'check') {
  await check(operation);
} else if (name === 'check-image') {
  await checkOwnImage();
} else if (name === 'container') {
  await contain(phaseOf(operation));
} else {
  await run(phaseOf(name));
}

function phaseOf(word: string | undefined): Phase {
  const known = phase.safeParse(word);
  if (known.success) return known.data;
  process.stderr.write(
    'usage: verve-agent checkout|agent|publish, verve-agent container checkout|agent|publish [program [argument…]], ' +
      'verve-agent check [file], verve-agent check-image, or verve-agent credential get\n',
  );
  return process.exit(2);
}

async function help(): Promise<void> {
  try {
    process.stdout.write(
      answerGit(operation, await text(process.stdin), readAccess(accessFileOf(process.env))),
    );
  } catch (error) {
    process.stderr.write(`verve-agent: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = 1;
  }
}

async function check(file: string | undefined): Promise<void> {
  const { checkAgent } = await import('./agent-check.ts');
  const question = file === undefined ? text(process.stdin) : readFile(file, 'utf8');
  const { agent } = readAgentQuestion(await question);
  process.stdout.write(`${JSON.stringify(await checkAgent(agent, process.env))}\n`);
}

async function checkOwnImage(): Promise<void> {
  const { checkImage, ownImage } = await import('./image-check.ts');
  process.stdout.write(`${JSON.stringify(await checkImage(await ownImage(process.env)))}\n`);
}

/** Aborted when somebody asks this program to end. */
function stopSignal(): AbortSignal {
  const stop = new AbortController();
  process.on('SIGINT', () => stop.abort());
  process.on('SIGTERM', () => stop.abort());
  return stop.signal;
}

async function contain(name: Phase): Promise<void> {
  const stop = stopSignal();
  const { readContainerSetting } = await import('./container/container-setting.ts');
  const { containerWorld, runContainer } = await import('./container/container-run.ts');
  const command = given.length > 0 ? given : [process.execPath, ...process.execArgv, import.meta.filename];
  const setting = readContainerSetting(name, command, process.env);
  process.exitCode = await runContainer(setting, containerWorld, stop);
}

async function run(name: Phase): Promise<void> {
  const stop = stopSignal();

  // Only here, as git starts this program several times in a run for no more than a password.
  const { runPhase } = await import('./phase.ts');
  const outcome = await runPhase(name, readPhaseInput(process.env), stop);
  // Who stopped it, and why, the worker knows.
  const reason = outcome.status === 'canceled' ? undefined : outcome.reason;
  const words = [reason, outcome.message].filter((part) => part !== undefined).join(': ');
  const stream = outcome.status === 'completed' ? process.stdout : process.stderr;
  if (words !== '') stream.write(`${words}\n`);
  process.exitCode = outcome.status === 'completed' ? 0 : 1;
}
