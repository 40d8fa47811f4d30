import { expect, test } from 'vitest';

import { overlay } from './overlay.ts';

test.each([
  [{ a: 1 }, { b: 2 }, { a: 1, b: 2 }],
  [{ a: 1 }, { a: 2 }, { a: 2 }],
  [{ a: true }, { a: false }, { a: false }],
  [{ a: { b: 1, c: 1 } }, { a: { c: 2, d: 2 } }, { a: { b: 1, c: 2, d: 2 } }],
  [{ a: [1] }, { a: [2] }, { a: [1, 2] }],
  [{ a: [{ b: 1 }] }, { a: [{ b: 2 }] }, { a: [{ b: 1 }, { b: 2 }] }],
  [{ a: [1] }, { a: [] }, { a: [1] }],
  [{ a: [1] }, { a: null }, { a: [1] }],
  [{ a: { b: 1 } }, { a: null }, { a: { b: 1 } }],
  [{ a: { b: 1 } }, { a: undefined }, { a: { b: 1 } }],
  [{ a: { b: 1 } }, {}, { a: { b: 1 } }],
])('over %j lies %j: %j', (under, over, both) => {
  const before = JSON.stringify([under, over]);

  expect(overlay(under, over)).toEqual(both);
  expect(JSON.stringify([under, over])).toBe(before);
});

test('no key reaches beyond the object', () => {
  const laid = overlay({}, JSON.parse('{"__proto__":{"polluted":true}}'));

  expect(laid).not.toHaveProperty('polluted');
  expect({}).not.toHaveProperty('polluted');
});
