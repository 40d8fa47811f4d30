import { expect, it } from 'vitest';

import { scrub, type Traces } from './scrubbing.ts';

const traces: Traces = {
  scratch: { base: '/tmp/b_1', home: '/tmp/b_1/home', tree: '/tmp/b_1/tree', temporary: '/tmp/b_1/tmp' },
  modelUrl: 'http://127.0.0.1:1234',
  installed: '/cache/agents',
};

it('gives paths and addresses the same names on every machine', () => {
  const line =
    'in /tmp/b_1/tree and /tmp/b_1/home/-tmp-b-1-tree with /cache/agents/x asks http://127.0.0.1:1234/v1';

  expect(scrub(line, traces)).toBe(
    'in /work/tree and /home/agent/-work-tree with /opt/agents/x asks http://model.example/v1',
  );
});

it('cuts long lists of names, and leaves all else as it was', () => {
  const events = '{"tools": ["a","b","c","d","e"]}\n{"content": [1,2,3,4,5]}\nno event\n';

  expect(scrub(events, traces)).toBe('{"tools":["a","b","c","d"]}\n{"content": [1,2,3,4,5]}\nno event\n');
});
