import { expect, test } from 'vitest';

import { checkPullSecrets } from './pull-secrets.ts';

test('Secrets to pull with are said to be unchecked, with how to look at them', () => {
  const found = checkPullSecrets({ imagePullSecrets: ['first', 'second'] }, 'verve');

  const fix = expect.stringContaining('kubectl get secret --namespace verve first second') as string;
  expect(found).toMatchObject([{ check: 'registry', state: 'warning', fix }]);
});

test('without Secrets to pull with there is nothing to say', () => {
  expect(checkPullSecrets({ imagePullSecrets: [] }, 'verve')).toEqual([]);
});
