/**
 * Does work again and again, `intervalMs` after the end of the time before, beginning now. Stopping waits for the
 * work under way. `work` must not throw.
 */
export function repeat(work: () => Promise<void>, intervalMs: number): AsyncDisposable {
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;
  let running = step();

  async function step(): Promise<void> {
    await work();
    if (isStopped) return;
    timer = setTimeout(() => {
      running = step();
    }, intervalMs);
  }

  return {
    [Symbol.asyncDispose]: async () => {
      isStopped = true;
      clearTimeout(timer);
      await running;
    },
  };
}
