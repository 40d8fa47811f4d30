const bits = 7;
const mask = (1 << (3 * bits)) - 1;

/** How many characters it knows of each text. */
export const gramLength = 3;

/** Tells of nearly every place in a text that none of many other texts begins there. */
export interface GramTable {
  /** At least `gramLength` long. */
  add(text: string): void;
  /** The first place from `from` on where one may begin; -1 when there is none. */
  next(text: string, from: number): number;
}

/** A table of beginnings of three characters; texts of ASCII are told apart exactly. */
export function createGramTable(): GramTable {
  const mayBegin = new Uint8Array(mask + 1);

  return {
    add(text) {
      let gram = 0;
      for (let at = 0; at < gramLength; at++) gram = ((gram << bits) ^ text.charCodeAt(at)) & mask;
      mayBegin[gram] = 1;
    },
    next(text, from) {
      let gram = ((text.charCodeAt(from) << bits) ^ text.charCodeAt(from + 1)) & mask;
      for (let at = from + 2; at < text.length; at++) {
        gram = ((gram << bits) ^ text.charCodeAt(at)) & mask;
        if (mayBegin[gram] === 1) return at - 2;
      }
      return -1;
    },
  };
}
