import { appendFileSync, readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { startModelServer } from './server.ts';

// A fake of model hosts: prints one line {"listening": url} and serves until it is told to stop.
const { values } = parseArgs({
  options: {
    port: { type: 'string', default: '0' },
    host: { type: 'string', default: '127.0.0.1' },
    /** Given once for each key that is accepted. */
    key: { type: 'string', multiple: true },
    /** A file with a step in each line. */
    script: { type: 'string' },
    /** Requests are appended here, a line of JSON each. */
    log: { type: 'string' },
  },
});
const { log } = values;

await using server = await startModelServer({
  port: Number(values.port),
  host: values.host,
  ...(values.key === undefined ? {} : { keys: values.key }),
  ...(values.script === undefined ? {} : { script: readLines(values.script) }),
  onRequest: (request) => {
    if (log !== undefined) appendFileSync(log, `${JSON.stringify(request)}\n`);
  },
});
console.log(JSON.stringify({ listening: server.url }));

const { promise, resolve } = Promise.withResolvers<void>();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => resolve());
await promise;

function readLines(file: string): string[] {
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter((line) => line.trim() !== '');
}
