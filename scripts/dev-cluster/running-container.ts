/** A pod as `kubectl get pods --output=json` tells it, as far as it matters here. */
export interface Pod {
  readonly metadata: { readonly name: string; readonly creationTimestamp: string };
  readonly status?: {
    readonly containerStatuses?: readonly { readonly name: string; readonly containerID?: string }[];
  };
}

/** A container whose log can be read, under a name that it shares with no other, its own successor included. */
export interface RunningContainer {
  readonly pod: string;
  readonly id: string;
}

/** The container of that name in the newest pod that has begun to run it; undefined when none has. */
export function newestContainer(pods: readonly Pod[], name: string): RunningContainer | undefined {
  const newest = pods.toSorted((a, b) =>
    b.metadata.creationTimestamp.localeCompare(a.metadata.creationTimestamp),
  );
  for (const { metadata, status } of newest) {
    const id = status?.containerStatuses?.find((container) => container.name === name)?.containerID;
    if (id) return { pod: metadata.name, id };
  }
  return undefined;
}
