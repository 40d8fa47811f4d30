/** A script that makes a change, and prints lines that begin with the numbers from 1, in so many batches, with pauses. */
export function printNumbers(batches: number, size: number, pauseSeconds: number): string {
  return `echo work > work.txt
for batch in $(seq 0 ${batches - 1}); do
  seq $((batch * ${size} + 1)) $(((batch + 1) * ${size}))
  sleep ${pauseSeconds}
done`;
}

/** What the lines that begin with numbers are. */
export interface Numbers {
  readonly count: number;
  /** The first place where one does not follow the one before; undefined: each is there once, in order, from 1. */
  readonly fault: string | undefined;
}

/** Looks at the lines of a log that begin with numbers, of one attempt. */
export function numbersOf(lines: readonly string[]): Numbers {
  const numbers = lines.flatMap((line) => (/^\d+(?: |$)/.test(line) ? [Number.parseInt(line, 10)] : []));
  const at = numbers.findIndex((number, index) => number !== index + 1);
  const fault = at < 0 ? undefined : `${numbers[at]} comes after ${numbers[at - 1] ?? 'nothing'}`;
  return { count: numbers.length, fault };
}

/** Each of so many is there once, in order. */
export function numbersTo(count: number): Numbers {
  return { count, fault: undefined };
}

const gap = /^lines are missing here/;

/** Places where numbers do not go on by one though no line says that lines are missing, or where they go back. */
export function untoldGaps(lines: readonly string[]): readonly string[] {
  const faults: string[] = [];
  let last = 0;
  let isTold = false;
  for (const line of lines) {
    if (gap.test(line)) isTold = true;
    if (!/^\d+(?: |$)/.test(line)) continue;
    const number = Number.parseInt(line, 10);
    if (number <= last || (number !== last + 1 && !isTold)) faults.push(`${number} comes after ${last}`);
    last = number;
    isTold = false;
  }
  return faults;
}
