const digits = '0123456789abcdefghjkmnpqrstvwxyz';

/** When a task was created, ms since the epoch: an id begins with the time of its making, 48 bits in base 32. */
export function taskTimeMs(taskId: string): number {
  const begin = taskId.slice(taskId.indexOf('_') + 1).slice(0, 10);
  return Array.from(begin).reduce((time, digit) => time * 32 + digits.indexOf(digit), 0);
}
