import { expect, test } from 'vitest';

import { sendError, sendEvents, startFakeServer } from '../testing/fake-server.ts';
import { runCli } from '../testing/run-cli.ts';
import { chunkEvent, sampleChunk, taskId } from '../testing/samples.ts';

const logs = `GET /tasks/${taskId}/logs`;
const end = 'event: end\ndata: {}';

test('prints page after page until the log ends', async () => {
  await using server = await startFakeServer({
    [logs]: ({ path }) =>
      path.includes('after=0.0')
        ? { chunks: [sampleChunk(1, ['one', 'two'])], next: '1.1', isComplete: false }
        : { chunks: [sampleChunk(2, ['three'])], next: '1.2', isComplete: true },
  });

  const result = await runCli(['task', 'logs', taskId], { url: server.url });

  expect(result).toEqual({ code: 0, out: 'one\ntwo\nthree\n', err: '' });
  expect(server.calls).toHaveLength(2);
});

test('following goes on after a break, without a gap or a line twice', async () => {
  const [one, two, three] = [1, 2, 3].map((seq) => chunkEvent(sampleChunk(seq, [`line ${seq}`])));
  let connections = 0;
  await using server = await startFakeServer({
    [logs]: (_, response) => {
      connections += 1;
      if (connections === 1) return sendEvents(response, [one ?? '', two ?? ''], 'break');
      if (connections === 2) return sendError(response, 503, 'Unavailable');
      return sendEvents(response, [two ?? '', three ?? '', end], 'end');
    },
  });

  const result = await runCli(['task', 'logs', '-f', taskId], { url: server.url });

  expect(result).toMatchObject({ code: 0, out: 'line 1\nline 2\nline 3\n' });
  expect(server.calls.map((call) => call.headers['last-event-id'])).toEqual([undefined, '1.2', '1.2']);
});

test('following a log that is complete ends at once', async () => {
  await using server = await startFakeServer({ [logs]: (_, response) => void response.writeHead(204).end() });

  expect(await runCli(['task', 'logs', '-f', taskId], { url: server.url })).toEqual({
    code: 0,
    out: '',
    err: '',
  });
});

test('following a task that is not there is no reason to try again', async () => {
  await using server = await startFakeServer({});

  expect(await runCli(['task', 'logs', '-f', taskId], { url: server.url })).toMatchObject({ code: 5 });
  expect(server.calls).toHaveLength(1);
});

test('--tail counts lines, reads back as far as it must, and following goes on after it', async () => {
  await using server = await startFakeServer({
    [logs]: ({ path, headers }, response) => {
      if (headers.accept === 'text/event-stream')
        return sendEvents(response, [chunkEvent(sampleChunk(4, ['six'])), end], 'end');
      if (path.includes('tail='))
        return { chunks: [sampleChunk(3, ['five'])], next: '1.3', isComplete: false };
      return {
        chunks: [sampleChunk(1, ['one', 'two']), sampleChunk(2, ['three', 'four'])],
        next: '1.2',
        isComplete: false,
      };
    },
  });

  const result = await runCli(['task', 'logs', taskId, '--tail', '4', '-f'], { url: server.url });

  expect(result.out).toBe('two\nthree\nfour\nfive\nsix\n');
  expect(server.calls.map((call) => call.headers['last-event-id'] ?? call.path.split('?')[1])).toEqual([
    'tail=4&limit=4',
    'before=1.3&limit=4',
    '1.3',
  ]);
});

test('a tail of less than no lines is a wrong argument', async () => {
  const result = await runCli(['task', 'logs', taskId, '--tail', '-4']);

  expect(result.code).toBe(2);
  expect(result.err).toContain('It must be a whole number from 0.');
});

test('on a terminal stderr is marked, escapes are taken out, and phases have a heading', async () => {
  const chunk = sampleChunk(1, ['out', 'err\u001B[2J', 'verve'], { streams: 'oev' });
  await using server = await startFakeServer({
    [logs]: () => ({ chunks: [chunk], next: '1.1', isComplete: true }),
  });

  const plain = await runCli(['task', 'logs', taskId], {
    url: server.url,
    isTty: true,
    env: { NO_COLOR: '1' },
  });
  const colored = await runCli(['task', 'logs', taskId], { url: server.url, isTty: true });

  expect(plain.out).toBe('── attempt 1 · agent ──\nout\n! err[2J\n– verve\n');
  expect(colored.out).toContain('\u001B[31m!\u001B[39m err');
});

test('--timestamps and --json', async () => {
  const chunk = sampleChunk(1, ['one']);
  await using server = await startFakeServer({
    [logs]: () => ({ chunks: [chunk], next: '1.1', isComplete: true }),
  });

  const stamped = await runCli(['task', 'logs', '-t', taskId], { url: server.url });
  const json = await runCli(['task', 'logs', '--json', taskId], { url: server.url });

  expect(stamped.out).toBe('2026-01-31T12:00:00.000Z one\n');
  expect(json.out).toBe(`${JSON.stringify(chunk)}\n`);
});
