import type { V1Job, V1OwnerReference } from '@kubernetes/client-node';

import { objectName, runLabels } from '../../kubernetes/run-objects.ts';
import { podTemplateOf, type PodParts } from './pod-spec.ts';

/** The worker ends runs whose time is over. What it is not there to end goes on for so long, and publishes nothing. */
const backstopSeconds = 3_600;
const daySeconds = 24 * 3_600;

/** What a Job has of its AgentRun. */
export interface JobBirth {
  readonly owner: V1OwnerReference;
  /** The time that the task was given. */
  readonly timeoutSeconds: number;
}

/** The Job of a run: one pod, ever. It goes with its AgentRun. */
export function jobOf(parts: PodParts, { owner, timeoutSeconds }: JobBirth): V1Job {
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
      activeDeadlineSeconds: timeoutSeconds + backstopSeconds,
      ttlSecondsAfterFinished: daySeconds,
      template: podTemplateOf(parts),
    },
  };
}
