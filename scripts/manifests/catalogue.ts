/** A chart, and the folder of manifests that are made from it. */
export interface Part {
  readonly chart: 'verve-server' | 'verve-worker';
  /** From the root of the repository; its `values.yaml` has the values that the chart is given. */
  readonly folder: string;
  /** Where its objects go unless an overlay says otherwise. */
  readonly namespace: string;
}

/** Every folder of manifests that is made. The server is apart: whoever may make Jobs in a namespace reaches its Secrets. */
export const parts: readonly Part[] = [
  { chart: 'verve-server', folder: 'manifests/server', namespace: 'verve-server' },
  { chart: 'verve-worker', folder: 'manifests/worker', namespace: 'verve' },
];

/** Of the release that a chart is rendered as; no object keeps it. */
export const releaseNamespace = 'verve';
