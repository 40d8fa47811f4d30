import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import { expect, test } from 'vitest';
import { parse } from 'yaml';

import { imagesFor, parts } from './images/catalogue.ts';
import { repositoryRoot } from './trial/settings.ts';

// skaffold itself is not among what the tests have: what its file says of this repository is held to it here.

interface Skaffold {
  readonly build: {
    readonly artifacts: readonly {
      readonly image: string;
      readonly docker: { readonly dockerfile: string };
    }[];
  };
  readonly deploy: {
    readonly helm: {
      readonly hooks: Readonly<
        Record<'before' | 'after', readonly { readonly host: { readonly command: string[] } }[]>
      >;
      readonly releases: readonly Release[];
    };
  };
  readonly portForward: readonly { readonly resourceName: string; readonly port: number }[];
}

interface Release {
  readonly name: string;
  readonly chartPath: string;
  readonly namespace: string;
  readonly valuesFiles: readonly string[];
  readonly setValueTemplates: Readonly<Record<string, string>>;
}

interface Schema {
  readonly properties?: Readonly<Record<string, Schema>>;
}

function schemaOf(schema: Schema, path: readonly string[]): Schema | undefined {
  return path.reduce<Schema | undefined>((found, key) => found?.properties?.[key], schema);
}

function read(path: string): unknown {
  return parse(readFileSync(join(repositoryRoot, path), 'utf8'));
}

const { build, deploy, portForward } = read('skaffold.yaml') as Skaffold;
const { hooks, releases } = deploy.helm;

test('it builds the images of `npm run images`', () => {
  const built = build.artifacts.map(({ image, docker }) => ({ name: image, dockerfile: docker.dockerfile }));
  const images = imagesFor(parts, { prefix: '', tag: '' });

  expect(built).toEqual(images.map(({ name, dockerfile }) => ({ name: name.replace(/:$/, ''), dockerfile })));
});

test('every image goes into a chart', () => {
  const templates = releases.flatMap(({ setValueTemplates }) => Object.values(setValueTemplates)).join(' ');

  for (const { image } of build.artifacts) expect(templates).toContain(`_${image.replaceAll('-', '_')}}}`);
});

test.each(releases)('$name sets values that its chart has, with files that there are', (release) => {
  const schema = read(join(release.chartPath, 'values.schema.json')) as Schema;

  expect(release.valuesFiles.filter((file) => !existsSync(join(repositoryRoot, file)))).toEqual([]);
  for (const path of Object.keys(release.setValueTemplates)) {
    expect(path).toSatisfy((value: string) => schemaOf(schema, value.split('.')) !== undefined);
  }
});

test('the port is the Service, and the hooks are ways of dev:cluster in the same namespace', () => {
  const server = read('charts/verve-server/values.yaml') as { readonly service: { readonly port: number } };
  const commands = [...hooks.before, ...hooks.after].map(({ host }) => host.command.at(-1));

  expect(portForward).toMatchObject([{ resourceName: 'verve-server', port: server.service.port }]);
  expect(commands).toEqual(
    ['prepare', 'finish'].map((mode) => expect.stringContaining(`dev:cluster -- --${mode} `)),
  );
  // What dev:cluster takes without --namespace.
  expect(new Set(releases.map(({ namespace }) => namespace))).toEqual(new Set(['verve-dev']));
});
