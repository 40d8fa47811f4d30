import { startEntry, type Running } from '../programs.ts';

/** A program of Verve that is killed, suspended and started again. */
export interface Part extends AsyncDisposable {
  readonly name: string;
  /** Starts it, unless it runs. */
  start(): void;
  /** `kill -9`, and nothing starts it again by itself. */
  kill(): Promise<void>;
  suspend(): void;
  resume(): void;
  /** Undefined while it runs; else what it wrote to stderr last. Ends that were not asked for are bugs. */
  unexpectedEnd(): string | undefined;
}

/** Makes a part of an entry below the repository's root; nothing runs yet. */
export function createPart(name: string, entry: string, environment: Readonly<Record<string, string>>): Part {
  let running: Running | undefined;
  let surprise: string | undefined;

  function start(): void {
    if (running) return;
    const started = startEntry(entry, environment);
    running = started;
    void watch(started);
  }

  async function watch(started: Running): Promise<void> {
    const { code, err } = await started.ended;
    if (running !== started) return;
    running = undefined;
    surprise = `${name} ended by itself with ${code}: ${err.slice(-2_000)}`;
  }

  async function kill(): Promise<void> {
    const killed = running;
    running = undefined;
    await killed?.end('SIGKILL');
  }

  return {
    name,
    start,
    kill,
    suspend: () => running?.send('SIGSTOP'),
    resume: () => running?.send('SIGCONT'),
    unexpectedEnd: () => surprise,
    [Symbol.asyncDispose]: async () => {
      const stopped = running;
      running = undefined;
      stopped?.send('SIGCONT');
      await stopped?.end('SIGTERM');
    },
  };
}
