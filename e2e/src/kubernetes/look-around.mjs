// Prints, as JSON, what a process of a run's container can find there: `ContainerLook`. Read from standard input by the
// container's own Node, so that nothing of it stands in an argument.
import { accessSync, constants, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const folders = ['/verve', '/workspace', '/tmp', '/home', '/root', '/dev/shm', '/run', '/var', '/etc'];
/** The runner, which is the image's and the same for everybody. */
const runner = new Set(['/verve/bin', '/verve/lib']);

function quietly(action) {
  try {
    return action();
  } catch {
    return undefined;
  }
}

function filesBelow(folder) {
  if (runner.has(folder)) return [];
  const entries = quietly(() => readdirSync(folder, { withFileTypes: true })) ?? [];
  return entries.flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return filesBelow(path);
    return entry.isFile() || entry.isSymbolicLink() ? [path] : [];
  });
}

const processes = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid);
const paths = [
  ...folders.flatMap(filesBelow),
  ...processes.flatMap((id) => [`/proc/${id}/environ`, `/proc/${id}/cmdline`]),
  '/proc/self/environ',
];
const contents = paths.map((path) => [path, quietly(() => readFileSync(path, 'latin1'))]);
const places = ['/', '/etc', '/usr/bin', '/var/tmp', '/home', '/run', '/verve', '/verve/bin', '/verve/lib'];

console.log(
  JSON.stringify({
    files: Object.fromEntries(contents.filter(([, content]) => content !== undefined)),
    statuses: processes.flatMap((id) => quietly(() => readFileSync(`/proc/${id}/status`, 'utf8')) ?? []),
    mounts: readFileSync('/proc/self/mounts', 'utf8').trim().split('\n'),
    writable: places.filter(
      (place) =>
        quietly(() => accessSync(place, constants.W_OK) ?? true) &&
        quietly(() => writeFileSync(join(place, 'verve-test'), '') ?? true),
    ),
    serviceAccount: quietly(() => readdirSync('/var/run/secrets')) ?? [],
  }),
);
