/** The last line of a log that is an object of JSON: what a program prints beside its answer is no answer. */
export function jsonOf(log: string): unknown {
  const line = log.split('\n').findLast((one) => one.startsWith('{'));
  try {
    return JSON.parse(line ?? '');
  } catch {
    return undefined;
  }
}
