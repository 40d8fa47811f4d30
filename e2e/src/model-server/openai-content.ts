/** What a message holds, in both of OpenAI's dialects. */
export type Content = string | null | readonly { readonly text?: string }[];

/** The text of a message, its parts one below the other. */
export function textOf(content: Content | undefined): string {
  if (typeof content === 'string') return content;
  return (content ?? []).map(({ text }) => text ?? '').join('\n');
}
