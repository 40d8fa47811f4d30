import { describe } from 'vitest';

import { testPostgresStorage } from '../../testing/storage.ts';
import { describeAppends } from '../contract/appends.contract.ts';
import { describeChanges } from '../contract/changes.contract.ts';
import { describeClaims } from '../contract/claims.contract.ts';
import { describeFits } from '../contract/fits.contract.ts';
import { describeHints } from '../contract/hints.contract.ts';
import { describeKeys } from '../contract/keys.contract.ts';
import { describeLeases } from '../contract/leases.contract.ts';
import { describeLogs } from '../contract/logs.contract.ts';
import { describeProjects } from '../contract/projects.contract.ts';
import { describeRetention } from '../contract/retention.contract.ts';
import { describeStats } from '../contract/stats.contract.ts';
import { describeTaskChanges } from '../contract/task-changes.contract.ts';
import { describeTasks } from '../contract/tasks.contract.ts';
import { describeWorkers } from '../contract/workers.contract.ts';

/* Every suite of contract/, the same for both databases. A new suite is added here and in the other adapter's file. */
describe('postgres', () => {
  describeProjects(testPostgresStorage);
  describeKeys(testPostgresStorage);
  describeWorkers(testPostgresStorage);
  describeStats(testPostgresStorage);
  describeChanges(testPostgresStorage);
  describeClaims(testPostgresStorage);
  describeFits(testPostgresStorage);
  describeTasks(testPostgresStorage);
  describeTaskChanges(testPostgresStorage);
  describeLeases(testPostgresStorage);
  describeAppends(testPostgresStorage);
  describeLogs(testPostgresStorage);
  describeRetention(testPostgresStorage);
  describeHints(testPostgresStorage);
});
