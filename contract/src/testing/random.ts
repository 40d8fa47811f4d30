/** Random numbers that are the same for the same seed. */
export interface Random {
  /** A whole number from 0 to below `bound`. */
  below(bound: number): number;
  pick<T>(from: readonly [T, ...T[]]): T;
  /** So many characters of an alphabet. */
  text(length: number, alphabet: string): string;
  bytes(length: number): Buffer;
}

/** Mulberry32. */
export function seededRandom(seed: number): Random {
  let state = seed;

  function below(bound: number): number {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * bound);
  }

  return {
    below,
    pick: (from) => from[below(from.length)] ?? from[0],
    text: (length, alphabet) =>
      Array.from({ length }, () => alphabet.charAt(below(alphabet.length))).join(''),
    bytes: (length) => Buffer.from(Array.from({ length }, () => below(256))),
  };
}
