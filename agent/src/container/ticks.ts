import type { Container } from './container.ts';
import type { Permits } from './permits.ts';

/** Tells ticks until it is disposed of. */
export interface Ticks extends Disposable {
  /** The program runs from here on, which is told at once. */
  run(): void;
}

/** What ticks are told with. */
export interface TickTelling extends Pick<Container, 'stream' | 'clock' | 'times'> {
  readonly permits: Permits;
}

/** Tells the first tick at once. A tick's time is when its writing begins, so nobody can have read it before. */
export function startTicks({ stream, permits, clock, times }: TickTelling): Ticks {
  let state: 'waiting' | 'running' = 'waiting';
  let timer: NodeJS.Timeout | undefined;
  let isOver = false;

  async function tell(): Promise<void> {
    clearTimeout(timer);
    const told = state;
    await stream.tell(() => ({ tick: permits.nextTick(clock()), state: told }));
    // With a reader that is slow ticks do not pile up; and the other state has told its own in the meantime.
    if (isOver || told !== state) return;
    timer = setTimeout(() => void tell(), told === 'waiting' ? times.waitingTickMs : times.runningTickMs);
  }

  void tell();
  return {
    run() {
      state = 'running';
      void tell();
    },
    [Symbol.dispose]() {
      isOver = true;
      clearTimeout(timer);
    },
  };
}
