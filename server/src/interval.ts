/**
 * Does work again and again, `intervalMs` after the end of the time before, beginning now. Stopping waits for the
 * work under way, which is told by its signal. `work` must not throw.
 */
export function repeat(work: (signal: AbortSignal) => Promise<void>, intervalMs: number): AsyncDisposable {
  const stop = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let running = step();

  async function step(): Promise<void> {
    await work(stop.signal);
    if (stop.signal.aborted) return;
    timer = setTimeout(() => {
      running = step();
    }, intervalMs);
  }

  return {
    [Symbol.asyncDispose]: async () => {
      stop.abort();
      clearTimeout(timer);
      await running;
    },
  };
}
