// Patterns that stand in JSON Schemas, which know no flags.

/** Matches a text in any case of its letters. */
export function anyCase(text: string): string {
  return text.replaceAll(/./g, (c) => (/[a-z]/.test(c) ? `[${c}${c.toUpperCase()}]` : `[${c}]`));
}

/** How the address of something that speaks HTTP begins. */
export const httpPattern = `^${anyCase('http')}[sS]?://`;
