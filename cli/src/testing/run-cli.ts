import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';

import type { ExitCode } from '../exit-codes.ts';
import { runProgram } from '../program.ts';
import type { Screen } from '../terminal.ts';
import { now } from './samples.ts';

/** How to run the CLI. */
export interface RunOptions {
  /** The server's address, given by VERVE_URL. */
  readonly url?: string;
  readonly env?: Readonly<Record<string, string>>;
  readonly stdin?: string | Buffer;
  readonly isTty?: boolean;
  readonly giveUpMs?: number;
  readonly signal?: AbortSignal;
}

/** What came of it. */
export interface RunResult {
  readonly code: ExitCode;
  readonly out: string;
  readonly err: string;
}

/** Runs the CLI in this process, with a key and a home of its own. */
export async function runCli(args: readonly string[], options: RunOptions = {}): Promise<RunResult> {
  const out: string[] = [];
  const err: string[] = [];
  const home = { XDG_CONFIG_HOME: mkdtempSync(join(tmpdir(), 'verve-cli-')) };
  const code = await runProgram({
    args,
    env: { ...home, VERVE_KEY: 'verve_test', ...(options.url && { VERVE_URL: options.url }), ...options.env },
    stdin: Readable.from(options.stdin === undefined ? [] : [options.stdin]),
    stdout: screen(out, options.isTty === true),
    stderr: screen(err, options.isTty === true),
    fetch,
    now: () => now,
    retryTimes: { firstMs: 1, longestMs: 10, giveUpMs: options.giveUpMs ?? 60_000 },
    signal: options.signal ?? new AbortController().signal,
  });
  return { code, out: out.join(''), err: err.join('') };
}

function screen(texts: string[], isTty: boolean): Screen {
  return { isTty, columns: 120, write: async (text) => void texts.push(text) };
}
