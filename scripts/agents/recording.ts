import { once } from 'node:events';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { delimiter, dirname, join } from 'node:path';

import type { RecordingCase } from './cases.ts';
import type { Command, Surroundings } from './commands.ts';
import { startModelServer } from './model-server.ts';
import type { Place } from './place.ts';
import { layOut, makeScratch, type Scratch } from './scratch.ts';
import { scrub, type Traces } from './scrubbing.ts';
import { runSupervised, type Outcome } from './supervised-run.ts';

const recordings = join(import.meta.dirname, '..', '..', 'agent', 'src', 'drivers', 'recordings');
const acceptedKey = 'accepted-key';
const prompt = 'Do what the lines below say.\n';

/** One recording to make. */
export interface Recording {
  readonly program: string;
  readonly name: string;
  readonly what: RecordingCase;
  readonly command: (surroundings: Surroundings) => Command;
  readonly place: Place;
}

/** Runs a program through one case and keeps what it said. */
export async function record(recording: Recording): Promise<Outcome> {
  const { what } = recording;
  using scratch = makeScratch();
  await using server = await startModelServer(acceptedKey);
  const modelUrl = what.host === 'is not there' ? await deadUrl() : server.url;
  const outcome = await run(recording, scratch, modelUrl);
  const installed = dirname(dirname(recording.place.bin));
  keep(recording, outcome, { scratch, modelUrl, installed });
  return outcome;
}

async function run(
  { what, command, place }: Recording,
  scratch: Scratch,
  modelUrl: string,
): Promise<Outcome> {
  const made = command({
    home: scratch.home,
    modelUrl,
    key: what.host === 'refuses the key' ? 'refused-key' : acceptedKey,
    hasBudget: what.hasBudget === true,
    isModelKnown: what.isModelUnknown !== true,
  });
  layOut(scratch, made);
  return runSupervised({
    argv: made.argv,
    environment: {
      PATH: [place.bin, dirname(process.execPath), '/usr/local/bin', '/usr/bin', '/bin'].join(delimiter),
      HOME: scratch.home,
      TMPDIR: scratch.temporary,
      LANG: 'C.UTF-8',
      ...made.environment,
    },
    folder: scratch.tree,
    input: prompt + what.steps.map((step) => `MODEL> ${JSON.stringify(step)}\n`).join(''),
    base: scratch.base,
    ...(what.isInterrupted === true ? { interruptAt: 'sleep 600' } : {}),
  });
}

function keep({ program, name }: Recording, { stdout, stderr, exit }: Outcome, traces: Traces): void {
  const folder = join(recordings, program);
  mkdirSync(folder, { recursive: true });
  const errors = join(folder, `${name}.stderr.txt`);
  writeFileSync(join(folder, `${name}.jsonl`), scrub(stdout, traces));
  // One line, as the formatter writes it.
  const formatted = JSON.stringify(exit, null, 1).replaceAll(/\n ?/g, ' ');
  writeFileSync(join(folder, `${name}.exit.json`), `${formatted}\n`);
  if (stderr === '') rmSync(errors, { force: true });
  else writeFileSync(errors, scrub(stderr, traces));
}

async function deadUrl(): Promise<string> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
