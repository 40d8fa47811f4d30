import { afterAll, beforeAll, describe } from 'vitest';

import type { Cluster } from '../../kubernetes/cluster.ts';
import { describeExecutor } from '../../testing/executor-contract.ts';
import { openNamespace, whyNoCluster } from '../../testing/kubernetes/cluster.ts';
import { openKubernetesStage } from '../../testing/kubernetes/stage.ts';

const why = whyNoCluster(process.env);

describe.skipIf(why !== undefined)(`on a cluster${why === undefined ? '' : `: skipped, ${why}`}`, () => {
  let cluster: Cluster & AsyncDisposable;
  beforeAll(async () => {
    cluster = await openNamespace(`verve-contract-${process.pid}`);
  });
  afterAll(async () => cluster[Symbol.asyncDispose]());

  describeExecutor('kubernetes', async () => openKubernetesStage(cluster));
});
