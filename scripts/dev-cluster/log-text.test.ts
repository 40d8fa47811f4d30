import { expect, test } from 'vitest';

import { logText } from './log-text.ts';

test('an entry is its level, its message and what it tells', () => {
  const entry = {
    level: 40,
    time: 1,
    pid: 2,
    hostname: 'h',
    component: 'sweep',
    err: { code: 1 },
    msg: 'late',
  };

  expect(logText(JSON.stringify(entry))).toBe('WARN  late component=sweep err={"code":1}');
});

test('of an error it is the message, without the stack', () => {
  const err = { type: 'Error', message: 'not found', stack: 'Error: not found at …' };

  expect(logText(JSON.stringify({ level: 50, err, msg: 'failed' }))).toBe('ERROR failed err="not found"');
});

test.each(['Admin key …', '{ no JSON', '{"level":"loud"}', ''])('what is no entry stays: %s', (line) => {
  expect(logText(line)).toBe(line);
});
