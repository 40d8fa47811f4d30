const units = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
] as const;

/** A length of time in at most two units: `45s`, `3m 20s`, `2h 5m`, `4d 3h`. */
export function durationText(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const index = units.findIndex(([, size]) => seconds >= size);
  const unit = units[index];
  if (unit === undefined) return `${seconds}s`;
  const [name, size] = unit;
  const [nextName, nextSize] = units[index + 1] ?? ['s', 1];
  const rest = Math.floor((seconds % size) / nextSize);
  const whole = `${Math.floor(seconds / size)}${name}`;
  return rest === 0 ? whole : `${whole} ${rest}${nextName}`;
}

/** A length of time in one unit: `45s`, `3m`, `2h`, `4d`. */
export function ageText(ms: number): string {
  return durationText(ms).replace(/ .*/, '');
}

/** The time between two timestamps, or until now. */
export function spanText(from: string, to: string | undefined, now: number): string {
  return durationText((to === undefined ? now : Date.parse(to)) - Date.parse(from));
}

/** Reads `30m`, `12h` or `7d` as milliseconds; undefined when it is none. */
export function parseDuration(text: string): number | undefined {
  const match = /^(\d{1,6})([smhd])$/.exec(text);
  if (!match) return undefined;
  const size = match[2] === 's' ? 1 : (units.find(([name]) => name === match[2])?.[1] ?? 1);
  return Number(match[1]) * size * 1000;
}
