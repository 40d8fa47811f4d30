import { Writable } from 'node:stream';

import { expect, test } from 'vitest';

import { createPrinter } from './printer.ts';

const noPace = { take: async () => undefined };

test('a stream that takes no more fails what is printed then, and nothing else', async () => {
  const broken = new Writable({ write: (_chunk, _encoding, done) => done(new Error('EPIPE')) });
  const printer = createPrinter({ o: broken, e: broken }, noPace);

  for (const text of ['first', 'second']) {
    await expect(printer.print('o', text)).rejects.toMatchObject({ reason: 'Disrupted' });
  }
});

test('printing waits until the stream has taken it', async () => {
  const taken: string[] = [];
  const slow = new Writable({
    write(chunk: Buffer, _encoding, done) {
      setImmediate(() => {
        taken.push(chunk.toString());
        done();
      });
    },
  });

  await createPrinter({ o: slow, e: slow }, noPace).print('e', 'words');

  expect(taken).toEqual(['words']);
  expect(slow.listenerCount('error')).toBe(0);
});
