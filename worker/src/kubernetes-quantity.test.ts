import { expect, test } from 'vitest';

import { amountOf, quantities } from './kubernetes-quantity.ts';

test.each([
  ['500m', 0.5],
  ['2', 2],
  ['.5', 0.5],
  ['5.', 5],
  ['2Gi', 2_147_483_648],
  ['129e6', 129_000_000],
  ['1E3', 1_000],
  ['1E', 1e18],
  ['1.5k', 1_500],
])('the quantity %s is %d', (quantity, amount) => {
  expect(quantities.parse({ cpu: quantity })).toEqual({ cpu: quantity });
  expect(amountOf(quantity)).toBe(amount);
});

test('a number is a quantity, too', () => {
  expect(quantities.parse({ cpu: 1.5, memory: 1e9 })).toEqual({ cpu: '1.5', memory: '1000000000' });
});

test.each([{ cpu: '1x' }, { cpu: '-1' }, { cpu: -1 }, { cpu: '' }, { memory: '500m' }, { cpu: true }])(
  '%j has none',
  (wrong) => {
    expect(quantities.safeParse(wrong).success).toBe(false);
  },
);
