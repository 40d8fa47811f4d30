import { phases } from '@verve/contract';
import { z } from 'zod';

import { amountOf, bytes, quantities } from './kubernetes-quantity.ts';
import { problemsOf } from './pod-template-rules.ts';
import { containerRule, namesRule, specRule } from './pod-template-schema.ts';

const objectName = z
  .string()
  .regex(/^[a-z0-9](?:[-a-z0-9.]*[a-z0-9])?$/, 'must be a name as objects of Kubernetes have it');
const anything = z.record(z.string(), z.unknown());
const labelKey = z
  .string()
  .regex(
    /^(?:[a-z0-9](?:[-.a-z0-9]*[a-z0-9])?\/)?[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?$/,
    'must be a name as labels have it',
  );
const labelValue = z
  .string()
  .regex(
    /^(?:[a-zA-Z0-9](?:[-_.a-zA-Z0-9]{0,61}[a-zA-Z0-9])?)?$/,
    'must be a value as labels have it: at most 63 letters, digits, "-", "_" and "."',
  );
const toleration = z.strictObject({
  key: z.string().exactOptional(),
  operator: z.enum(['Exists', 'Equal']).exactOptional(),
  value: z.string().exactOptional(),
  effect: z.enum(['', 'NoSchedule', 'PreferNoSchedule', 'NoExecute']).exactOptional(),
  tolerationSeconds: z.int().exactOptional(),
});

const requests = quantities.meta({ description: 'As `cpu: 500m`, `memory: 1Gi`.' });
const limits = quantities.meta({ description: 'A program that needs more memory ends as `OutOfMemory`.' });

// With `requests` or `limits` alone, the other is as before.
const small = z
  .strictObject({
    requests: requests.prefault({ cpu: '100m', memory: '256Mi' }),
    limits: limits.prefault({ memory: '1Gi' }),
  })
  .superRefine(stayWithinLimits);
const large = z
  .strictObject({
    requests: requests.prefault({ cpu: '500m', memory: '1Gi' }),
    limits: limits.prefault({ memory: '4Gi' }),
  })
  .superRefine(stayWithinLimits);

interface Resources {
  readonly requests: Readonly<Record<string, string>>;
  readonly limits: Readonly<Record<string, string>>;
}

/** Kubernetes takes no pod that asks for more than it may have. */
function stayWithinLimits(resources: Resources, context: z.RefinementCtx): void {
  for (const [name, asked] of Object.entries(resources.requests)) {
    const limit = resources.limits[name];
    if (limit === undefined || amountOf(asked) <= amountOf(limit)) continue;
    const message = `must be no more than the limit, which is ${limit}`;
    context.addIssue({ code: 'custom', message, path: ['requests', name] });
  }
}

const names = { description: 'Of the pods of runs.', allOf: [namesRule] };

const podTemplate = z
  .strictObject({
    metadata: z
      .strictObject({
        labels: z.record(labelKey, labelValue).default({}).meta(names),
        annotations: z.record(labelKey, z.string()).default({}).meta(names),
      })
      .prefault({}),
    spec: anything.default({}).meta({
      description:
        'Laid over the spec of the pods of runs; lists are added to. What runs stand on is refused.',
      allOf: [specRule],
    }),
    containers: z
      .partialRecord(z.enum(phases), anything.meta({ allOf: [containerRule] }))
      .default({})
      .meta({
        description: 'Laid over their containers, by phase: `env`, `volumeMounts` …, in the same way.',
      }),
  })
  .superRefine((template, context) => {
    for (const { path, message } of problemsOf(template)) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  });

/** What runs are in Kubernetes. */
export const kubernetesSettings = z.strictObject({
  kubeconfig: z.string().min(1).optional().meta({
    description: 'Absent: KUBECONFIG, else the cluster that the worker runs in.',
  }),
  namespace: z
    .string()
    .regex(/^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/, 'must be the name of a namespace')
    .optional()
    .meta({
      description: 'Where AgentRuns and Jobs are. Absent: that of the worker.',
    }),
  installation: z
    .string()
    .regex(
      /^[a-z0-9](?:[-a-z0-9]{0,48}[a-z0-9])?$/,
      'must be of a-z, 0-9 and -, and of 50 characters at most',
    )
    .default('verve-worker')
    .meta({ description: 'Tells the workers of one namespace apart. The name of its Lease and its Worker.' }),
  image: z.string().min(1).default('verve-agent:latest').meta({
    description: 'For checkout and publish, and for agents that have no `image`.',
  }),
  imagePullPolicy: z.enum(['Always', 'IfNotPresent', 'Never']).optional().meta({
    description: 'Absent: as the cluster does it.',
  }),
  imagePullSecrets: z.array(objectName).default([]).meta({
    description: 'Names of Secrets to log in to registries with.',
  }),
  graceSeconds: z.int().min(0).max(3_600).default(30).meta({
    description:
      'An image that cannot be pulled, or a Secret that is missing, for that long ends the run: `ImagePullFailed`, `ConfigInvalid`.',
  }),
  pendingSeconds: z.int().min(10).default(900).meta({
    description:
      'A run that cannot begin for that long, for want of a node or a volume, ends: `Unschedulable`.',
  }),
  resources: z
    .strictObject({
      checkout: small.prefault({}),
      agent: large.prefault({}),
      publish: small.prefault({}),
    })
    .prefault({}),
  storage: bytes.optional().meta({
    description: 'A bound for the work tree, as `20Gi`; reached, the run ends as `OutOfDisk`. Absent: none.',
  }),
  nodeSelector: z.record(labelKey, labelValue).default({}).meta({ description: 'As pods have it.' }),
  tolerations: z.array(toleration).default([]).meta({ description: 'As pods have it.' }),
  affinity: anything.optional().meta({ description: 'As pods have it.' }),
  priorityClassName: objectName.optional().meta({ description: 'As pods have it.' }),
  runtimeClassName: objectName.optional().meta({ description: 'As pods have it: `gvisor`, say.' }),
  podTemplate: podTemplate.prefault({}),
  keep: z
    .strictObject({
      hours: z.int().min(0).default(168).meta({ description: 'Finished AgentRuns that are older go.' }),
      count: z.int().min(0).default(1_000).meta({ description: 'Of more than that, the oldest go.' }),
    })
    .prefault({}),
});
export type KubernetesSettings = z.infer<typeof kubernetesSettings>;
