/** Of one that is longer than most, a piece says more than nothing. */
const partOfWord = /^\S{0,60}\s+/;

/** The end of what a program said: that many characters and a mark, from the beginning of a word on. */
export function lastWords(said: string, length: number): string {
  const words = said.trim();
  return words.length <= length ? words : `… ${words.slice(-length).replace(partOfWord, '')}`;
}
