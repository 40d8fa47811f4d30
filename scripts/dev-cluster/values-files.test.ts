import { expect, test } from 'vitest';

import { parseArguments } from './arguments.ts';
import { withValuesFiles } from './values-files.ts';

test('a file of values is looked for from where the command was given, and one that is missing is refused', () => {
  const args = parseArguments(['--worker-values', 'values-files.test.ts']);
  if (!args) throw new Error('no help was asked for');

  expect(withValuesFiles(args, import.meta.dirname).workerValues).toEqual([import.meta.filename]);
  expect(() => withValuesFiles(args, '/')).toThrow('--worker-values: there is no file /values-files.test.ts');
});
