import { readdirSync, readFileSync } from 'node:fs';

/** Ids of the processes whose environment names a folder and whose command line has a text. Linux alone. */
export function processesOf(folder: string, text = ''): number[] {
  return readdirSync('/proc')
    .filter((id) => /^\d+$/.test(id) && Number(id) !== process.pid)
    .filter((id) => has(id, 'environ', folder) && has(id, 'cmdline', text))
    .map(Number);
}

function has(id: string, file: string, text: string): boolean {
  try {
    const content = readFileSync(`/proc/${id}/${file}`, 'utf8');
    return content !== '' && content.replaceAll('\0', ' ').includes(text);
  } catch {
    // It has ended meanwhile.
    return false;
  }
}
