import type { V1Job, V1OwnerReference } from '@kubernetes/client-node';

import { objectName, runLabels } from '../../kubernetes/run-objects.ts';
import { podTemplateOf, type PodParts } from './pod-spec.ts';

/** What is left of a run that nobody sees to ends by then, whatever its own times are. */
const backstopSeconds = 7 * 24 * 3_600;
const daySeconds = 24 * 3_600;

/** The Job of a run: one pod, ever. It goes with its AgentRun. */
export function jobOf(parts: PodParts, owner: V1OwnerReference): V1Job {
  const { settings, request } = parts;
  return {
    apiVersion: 'batch/v1',
    kind: 'Job',
    metadata: {
      name: objectName(request.spec),
      labels: runLabels(settings.installation, request.spec),
      ownerReferences: [owner],
    },
    spec: {
      backoffLimit: 0,
      completions: 1,
      parallelism: 1,
      activeDeadlineSeconds: backstopSeconds,
      ttlSecondsAfterFinished: daySeconds,
      template: podTemplateOf(parts),
    },
  };
}
