import { newId } from '@verve/contract';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

import type { TestStorage } from '../../testing/storage.ts';
import { NameTaken } from '../storage.ts';
import type { OpenStorage } from './open-storage.ts';
import { sampleProject } from './samples.ts';

/** What every ProjectStore does. */
export function describeProjects(open: OpenStorage): void {
  describe('projects', () => {
    let opened: TestStorage;
    beforeAll(async () => {
      opened = await open();
    });
    afterAll(() => opened[Symbol.asyncDispose]());

    test('a project is found as it was made, by id and by name', async () => {
      const { projects } = opened.storage;
      const project = sampleProject({
        repository: 'https://git.example/a.git',
        baseBranch: 'main',
        agent: 'demo',
      });

      await projects.create(project);

      expect(await projects.find(project.id)).toEqual(project);
      expect(await projects.findByName(project.name)).toEqual(project);
    });

    test('what a project lacks is absent, never null', async () => {
      const { projects } = opened.storage;
      const project = sampleProject();

      await projects.create(project);

      expect(await projects.find(project.id)).toEqual(project);
      expect(Object.values((await projects.find(project.id)) ?? {})).not.toContain(null);
    });

    test('an unknown project is undefined', async () => {
      const { projects } = opened.storage;

      expect(await projects.find(newId('project'))).toBeUndefined();
      expect(await projects.findByName('nobody')).toBeUndefined();
      expect(await projects.update(sampleProject())).toBeUndefined();
    });

    test('a second project of the same name is refused and the first stays', async () => {
      const { projects } = opened.storage;
      const first = sampleProject();
      await projects.create(first);

      await expect(projects.create(sampleProject({ name: first.name }))).rejects.toBeInstanceOf(NameTaken);

      expect(await projects.findByName(first.name)).toEqual(first);
    });

    test('an update replaces name and defaults, and can take them away', async () => {
      const { projects } = opened.storage;
      const project = sampleProject({ agent: 'demo', baseBranch: 'main' });
      await projects.create(project);
      const changed = { ...project, name: `${project.name}-renamed`, agent: undefined, baseBranch: 'next' };

      expect(await projects.update(changed)).toEqual(changed);

      expect(await projects.find(project.id)).toEqual(changed);
    });

    test('a rename to a name that is taken is refused and changes nothing', async () => {
      const { projects } = opened.storage;
      const [first, second] = [sampleProject(), sampleProject({ agent: 'demo' })];
      await projects.create(first);
      await projects.create(second);

      await expect(projects.update({ ...second, name: first.name, agent: 'other' })).rejects.toBeInstanceOf(
        NameTaken,
      );

      expect(await projects.find(second.id)).toEqual(second);
    });

    test('the list is by creation', async () => {
      const { projects } = opened.storage;
      const [late, early] = [sampleProject({ createdAt: 2_000 }), sampleProject({ createdAt: 1_000 })];
      await projects.create(late);
      await projects.create(early);

      const ids = (await projects.list()).map(({ id }) => id);

      expect(ids.indexOf(early.id)).toBeLessThan(ids.indexOf(late.id));
    });
  });
}
