// Patterns that stand in JSON Schemas, which know no flags.

/** Matches a text in any case of its letters. */
export function anyCase(text: string): string {
  return text.replaceAll(/./g, (c) => (/[a-z]/.test(c) ? `[${c}${c.toUpperCase()}]` : `[${c}]`));
}

/** How the address of something that speaks HTTP begins. */
export const httpPattern = `^${anyCase('http')}[sS]?://`;

const port = '[0-9]{1,4}|[1-5][0-9]{4}|6[0-4][0-9]{3}|65[0-4][0-9]{2}|655[0-2][0-9]|6553[0-5]';
const host = String.raw`(?:[^/?#@:\[\]\s]+|\[[0-9a-fA-F:.]+\])(?::(?:${port})?)?`;

/** Such an address, with a host and a port that can be. Coarser than what reads it, and refuses nothing that is read. */
export const httpUrlPattern = `${httpPattern}${host}(?:[/?#].*)?$`;

/** The same, which may carry a login; a character of that which stands for itself would make another host of the rest. */
export const httpLoginUrlPattern = `${httpPattern}(?:[^/?#@]*@)?${host}(?:[/?#][^@]*)?$`;
