import type { TestContext } from 'vitest';

/** Owns what a test starts, in place of `await using`, which a test that runs out of time never comes to the end of. */
export function stackOf({ onTestFinished }: Pick<TestContext, 'onTestFinished'>): AsyncDisposableStack {
  const stack = new AsyncDisposableStack();
  onTestFinished(() => stack.disposeAsync());
  return stack;
}
