const keptLines = 20;
const keptLineLength = 2_000;

/** The end of a program's output. */
export interface LastLines {
  add(line: string): void;
  /** Oldest first, each cut to a bounded length. */
  all(): readonly string[];
}

/** Keeps a bounded number of lines. */
export function createLastLines(): LastLines {
  const lines: string[] = [];
  return {
    add(line) {
      lines.push(line.slice(0, keptLineLength));
      if (lines.length > keptLines) lines.shift();
    },
    all: () => lines,
  };
}
