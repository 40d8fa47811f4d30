import { describe } from 'vitest';

import { testPostgresStorage } from '../../testing/storage.ts';
import { describeProjects } from '../contract/projects.contract.ts';

/* Every suite of contract/, the same for both databases. A new suite is added here and in the other adapter's file. */
describe('postgres', () => {
  describeProjects(testPostgresStorage);
});
