import { readdirSync, readFileSync } from 'node:fs';

/** What every container has besides the program of its phase. */
const own = [/^\/pause/, /\/verve\/bin\/tini /, /verve-agent container /, /\/verve\/lib\S* container /];

/** A process of a pod, seen from the node, which is this machine. */
export interface PodProcess {
  readonly pid: number;
  readonly command: string;
  /** It is the pod's or its supervisor's own, and no part of what a phase does. */
  readonly isOwn: boolean;
}

/** The processes of a pod that are alive. */
export function processesOf(uid: string): readonly PodProcess[] {
  const ids = [uid, uid.replaceAll('-', '_')];
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => Number.isInteger(pid) && ids.some((id) => read(pid, 'cgroup').includes(id)))
    .map((pid) => ({ pid, command: read(pid, 'cmdline').replaceAll('\0', ' ').trim() }))
    .filter(({ command }) => command !== '')
    .map((found) => ({ ...found, isOwn: own.some((pattern) => pattern.test(found.command)) }));
}

function read(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch {
    return '';
  }
}
