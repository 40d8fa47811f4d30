/** One cell: what it says, and how it looks once it is padded. */
export interface Cell {
  readonly text: string;
  readonly paint?: (text: string) => string;
}

/** Lines of columns as wide as their widest cell; the last column is not padded. */
export function tableLines(rows: readonly (readonly Cell[])[]): string[] {
  const widths: number[] = [];
  for (const row of rows) {
    row.forEach((cell, index) => (widths[index] = Math.max(widths[index] ?? 0, width(cell.text))));
  }
  return rows.map((row) =>
    row
      .map((cell, index) => {
        const padding = index === row.length - 1 ? 0 : (widths[index] ?? 0) - width(cell.text);
        return `${cell.paint ? cell.paint(cell.text) : cell.text}${' '.repeat(padding)}`;
      })
      .join('  ')
      .trimEnd(),
  );
}

function width(text: string): number {
  return Array.from(text).length;
}
