import { expect, test } from 'vitest';

import { standing } from './warnings.ts';

function eventOf(reason: string): {
  readonly type: string;
  readonly reason: string;
  readonly message: string;
} {
  return { type: /^(Fail|Back)/.test(reason) ? 'Warning' : 'Normal', reason, message: 'm' };
}

test.each([
  [[], []],
  [['Scheduled'], []],
  [['Scheduled', 'FailedMount'], ['FailedMount']],
  [
    ['FailedMount', 'FailedCreatePodSandBox'],
    ['FailedMount', 'FailedCreatePodSandBox'],
  ],
  // The volume came late, and now a large image is pulled.
  [['FailedMount', 'Pulling'], []],
  [['FailedCreatePodSandBox', 'FailedAttachVolume', 'Created', 'Started'], []],
  [
    ['FailedMount', 'Pulling', 'Failed', 'BackOff'],
    ['Failed', 'BackOff'],
  ],
  [
    ['FailedCreate', 'FailedCreate'],
    ['FailedCreate', 'FailedCreate'],
  ],
])('of the events %j these warnings hold: %j', (reasons, standingReasons) => {
  expect(standing(reasons.map(eventOf)).map(({ reason }) => reason)).toEqual(standingReasons);
});
