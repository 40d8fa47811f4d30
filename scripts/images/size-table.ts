/** How much an image holds. */
export interface ImageSize {
  readonly name: string;
  readonly bytes: number;
  readonly base: string;
  readonly baseBytes: number;
}

/** The sizes as text, in the megabytes that Docker prints. */
export function sizeTable(sizes: readonly ImageSize[]): string {
  const rows = sizes.map(({ name, bytes, base, baseBytes }) => [
    name,
    megabytes(bytes),
    `${megabytes(bytes - baseBytes)} on ${base}`,
  ]);
  const table = [['image', 'size', 'of its own'], ...rows];
  const widths = [0, 1].map((column) => Math.max(...table.map((row) => row[column]?.length ?? 0)));
  return table
    .map(([name = '', size = '', own = '']) =>
      [name.padEnd(widths[0] ?? 0), size.padStart(widths[1] ?? 0), own].join('  '),
    )
    .join('\n');
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1e6)} MB`;
}
