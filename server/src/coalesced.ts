/** Work that many may ask for and that runs once for all of them. */
export interface Coalesced {
  /** Runs the work soon: those who ask in the same turn share one run, those who ask during a run share the next. */
  trigger(): void;
  /** Resolves when nothing runs and nothing is asked for. */
  idle(): Promise<void>;
}

/**
 * Makes work coalesced: one run at a time, begun after the input that is at hand has been read, so that requests that
 * arrive together are served together. `run` must not throw.
 */
export function coalesced(run: () => Promise<void>): Coalesced {
  let isAsked = false;
  let running: Promise<void> | undefined;

  async function loop(): Promise<void> {
    while (isAsked) {
      await new Promise((resolve) => setImmediate(resolve));
      isAsked = false;
      await run();
    }
    running = undefined;
  }

  return {
    trigger: () => {
      isAsked = true;
      running ??= loop();
    },
    idle: async () => running,
  };
}
