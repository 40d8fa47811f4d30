import { execFileSync } from 'node:child_process';

/** No file of this process grows beyond so many bytes, as on a disk that is full then. */
export function limitFiles(bytes: number | 'unlimited'): void {
  execFileSync('prlimit', ['--pid', String(process.pid), `--fsize=${bytes}:`]);
}
