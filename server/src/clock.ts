/** Time in ms since 1970. Injected, so that tests turn it and the server follows its database's. */
export interface Clock {
  now(): number;
}

/** This machine's clock. */
export const systemClock: Clock = { now: () => Date.now() };
