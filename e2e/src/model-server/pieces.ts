const mostPieces = 200;

/** Cuts a text as a stream does: into a few characters each, or more where that would make too many pieces. */
export function pieces(text: string): string[] {
  const size = Math.max(40, Math.ceil(text.length / mostPieces));
  return Array.from({ length: Math.ceil(text.length / size) }, (_, index) =>
    text.slice(index * size, (index + 1) * size),
  );
}
