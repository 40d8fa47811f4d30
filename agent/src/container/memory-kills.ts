import { readIfThere } from '../absence.ts';

/** Where a container sees its own memory: cgroup v2 and v1. */
export const memoryFiles: readonly string[] = [
  '/sys/fs/cgroup/memory.events',
  '/sys/fs/cgroup/memory/memory.oom_control',
];

/** How many processes of this container the kernel has killed for want of memory; 0 where that cannot be known. */
export async function countMemoryKills(files: readonly string[]): Promise<number> {
  const texts = await Promise.all(files.map(async (file) => readIfThere(file).catch(() => undefined)));
  const counts = texts.map((text) => Number(/^oom_kill (\d+)$/m.exec(text ?? '')?.[1] ?? 0));
  return Math.max(0, ...counts);
}
