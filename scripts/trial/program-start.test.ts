import { once } from 'node:events';
import { mkdtempSync, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { expect, test } from 'vitest';

import { doesStart } from './program-start.ts';

const path = process.env['PATH'] ?? '';

function program(text: string): string {
  const file = join(mkdtempSync(join(tmpdir(), 'verve-trial-')), 'program');
  writeFileSync(file, text, { mode: 0o755 });
  return file;
}

test('a program that hangs is stopped with what it started', async () => {
  await using server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const child = `"${process.execPath}" -e 'net.connect(${port}, "127.0.0.1")'`;
  const stop = new AbortController();

  const starting = doesStart(program(`#!/bin/sh\n${child} &\nwait\n`), path, stop.signal);
  const [socket] = (await once(server, 'connection')) as [Socket];
  const ended = new Promise((resolve) => {
    socket.on('error', resolve).on('close', resolve);
  });
  stop.abort(new Error('stopped'));

  await expect(starting).rejects.toThrow('stopped');
  await ended;
});

test('a program without its interpreter does not start', async () => {
  const file = program('#!/nowhere/interpreter\n');

  expect(await doesStart(file, path, new AbortController().signal)).toBe(false);
});
