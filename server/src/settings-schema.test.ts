import { settingsSchema } from '@verve/contract';
import { expect, test } from 'vitest';

import { readConfig, settings } from './config.ts';

test('docs/server-settings.schema.json is what can be set (vitest -u writes it anew)', async () => {
  await expect(settingsSchema(settings)).toMatchFileSnapshot('../../docs/server-settings.schema.json');
});

test.each(['true', 'false', '', '10.0.0.0/8, ::1', 'loopback,fd00::/8', 'uniquelocal'])(
  'the schema refuses none of the proxies that the server takes: "%s"',
  (proxies) => {
    const { pattern = '' } = settingsOf('trustProxy');

    expect(() => readConfig({ VERVE_TRUST_PROXY: proxies })).not.toThrow();
    expect(proxies).toMatch(new RegExp(pattern));
  },
);

function settingsOf(name: string): { readonly pattern?: string } {
  const { properties } = JSON.parse(settingsSchema(settings)) as {
    readonly properties: Readonly<Record<string, { readonly pattern?: string }>>;
  };
  return properties[name] ?? {};
}
