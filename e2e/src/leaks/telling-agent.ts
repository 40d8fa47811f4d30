import { execFileSync } from 'node:child_process';
import { appendFileSync, readFileSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

import { retellings, type Material, type Telling } from './retellings.ts';

// The agent of the tests about leaks: it tells all that it knows. Its one argument is the file of its material; the
// task's description says how it ends.

const lineBytes = 64 * 1024;
const eventsFile = String(process.env['VERVE_EVENTS_FILE']);
const { values, strayKey, sourceFile } = JSON.parse(
  readFileSync(String(process.argv[2]), 'utf8'),
) as Material;
const all = Object.values(values);

function emit(event: object): void {
  appendFileSync(eventsFile, `${JSON.stringify(event)}\n`);
}

function everyForm(value: string): string {
  const forms = Object.entries(retellings).map(([form, retell]) => `${form}: ${retell(value)}`);
  return [
    ...forms,
    `fetching https://verve:${encodeURIComponent(value)}@git.example/acme/app.git`,
    `curl -H 'Authorization: Bearer ${value}' --user 'verve:${value}' https://git.example`,
  ].join('\n');
}

async function printInTwoWrites(value: string): Promise<void> {
  const half = Math.ceil(value.length / 2);
  process.stdout.write(`in two writes: ${value.slice(0, half)}`);
  await pause(50);
  process.stdout.write(`${value.slice(half)}\n`);
}

/** So far out in a line that the line is cut where the value stands. */
function printCut(value: string): void {
  console.log(`${'x'.repeat(lineBytes - Math.ceil(value.length / 2))}${value}`);
}

async function printAll(): Promise<void> {
  for (const value of all) {
    console.log(everyForm(value));
    console.error(everyForm(value));
    await printInTwoWrites(value);
  }
  console.log(strayKey);
}

/** The first event comes before the first output: from then on what is printed is no word of the agent. */
async function tellEvents(): Promise<void> {
  for (const value of all) emit({ kind: 'text', text: everyForm(value) });
  emit({ kind: 'text', text: strayKey });
  for (const value of all) emit({ kind: 'retry', message: `asking again with ${value}` });
  for (const value of all) emit({ kind: 'error', message: `not taken: ${value}` });
  await printAll();
  const source = execFileSync('cat', [sourceFile], { encoding: 'utf8' });
  process.stdout.write(source);
  process.stderr.write(source);
  for (const output of [source, ...all.map(everyForm)]) {
    emit({ kind: 'tool', name: 'cat', exitCode: 0, output, input: { content: output }, result: output });
  }
  // No event, so that the runner complains of it.
  emit({ kind: source, text: source });
  emit({ kind: 'text', text: 7, [source]: source });
}

const endings: Readonly<Record<Telling, () => Promise<number>>> = {
  async 'does the work'() {
    await tellEvents();
    const subject = all.map((value) => value.split('\n').at(-2) ?? value).join(' ');
    appendFileSync(sourceFile, all.join('\n'));
    execFileSync('git', ['commit', '--all', '-m', `${subject}\n\n${all.map(everyForm).join('\n')}`], {
      stdio: 'inherit',
    });
    const source = readFileSync(sourceFile, 'utf8');
    emit({ kind: 'final', summary: [source, ...all.map(everyForm)].join('\n'), usage: { costUsd: 0.25 } });
    return 0;
  },

  async 'gives up'() {
    await tellEvents();
    emit({ kind: 'final', status: 'failed', message: all.map(everyForm).join('\n') });
    return 0;
  },

  /** Without events, as a command that knows nothing of Verve. */
  async breaks() {
    await printAll();
    all.slice(0, 2).forEach(printCut);
    for (const value of all.toReversed()) console.error(everyForm(value).replaceAll('\n', ' '));
    return 3;
  },
};

process.exitCode = await endings[process.env['TASK_DESCRIPTION'] as Telling]();
