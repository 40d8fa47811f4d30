import { readFileSync } from 'node:fs';

import {
  BatchV1Api,
  CoordinationV1Api,
  CoreV1Api,
  CustomObjectsApi,
  KubeConfig,
  Observable,
  PatchStrategy,
  setHeaderOptions,
  type ConfigurationOptions,
  type RequestContext,
  type ResponseContext,
} from '@kubernetes/client-node';

import { noMeters, type Meters } from '../meters.ts';
import { countedDispatcher } from './counted-dispatch.ts';

const patienceMs = 15_000;
const namespaceFile = '/var/run/secrets/kubernetes.io/serviceaccount/namespace';

/** The API server, and the one namespace that the worker works in. */
export interface Cluster {
  readonly namespace: string;
  readonly core: CoreV1Api;
  readonly batch: BatchV1Api;
  readonly coordination: CoordinationV1Api;
  readonly custom: CustomObjectsApi;
  /** For what the calls above do not do: watches and logs. */
  readonly config: KubeConfig;
  readonly meters: RequestMeters;
}

type RequestMeters = Pick<Meters, 'kubernetesAnswered'>;

type Dispatcher = ReturnType<RequestContext['getDispatcher']>;
type DispatcherOptions = ReturnType<KubeConfig['createDispatcherOptions']>;

/** Keeps its connections, over HTTP/1.1: on a shared HTTP/2 connection that was cut, watches hang. */
class KeepingConfig extends KubeConfig {
  readonly #meters: RequestMeters;
  #dispatcher: Dispatcher;

  constructor(meters: RequestMeters) {
    super();
    this.#meters = meters;
  }

  override createDispatcherOptions(
    ...args: Parameters<KubeConfig['createDispatcherOptions']>
  ): DispatcherOptions {
    const options = super.createDispatcherOptions(...args);
    if (options.type !== 'agent') return options;
    // The types have no `allowH2`.
    return { ...options, connect: Object.assign({}, options.connect, { allowH2: false }) };
  }

  override async applySecurityAuthentication(context: RequestContext): Promise<void> {
    await super.applySecurityAuthentication(context);
    this.#dispatcher ??= this.#counted(context.getDispatcher());
    if (this.#dispatcher) context.setDispatcher(this.#dispatcher);
  }

  #counted(dispatcher: Dispatcher): Dispatcher {
    return dispatcher && countedDispatcher(dispatcher, this.#meters);
  }
}

/** Where the API server is. */
export interface ClusterAddress {
  /** Absent: KUBECONFIG, `~/.kube/config`, or that of the pod that this runs in. */
  readonly kubeconfig?: string | undefined;
  /** Absent: that of the pod, or of the kubeconfig's context. */
  readonly namespace?: string | undefined;
}

/** Connects to nothing yet. Throws when nothing says where the API server is. */
export function openCluster(
  { kubeconfig, namespace }: ClusterAddress,
  meters: RequestMeters = noMeters,
): Cluster {
  const config = new KeepingConfig(meters);
  if (kubeconfig === undefined) config.loadFromDefault();
  else config.loadFromFile(kubeconfig);
  return {
    namespace: namespace ?? namespaceOf(config),
    core: config.makeApiClient(CoreV1Api),
    batch: config.makeApiClient(BatchV1Api),
    coordination: config.makeApiClient(CoordinationV1Api),
    custom: config.makeApiClient(CustomObjectsApi),
    config,
    meters,
  };
}

function namespaceOf(config: KubeConfig): string {
  const context = config.getContextObject(config.getCurrentContext());
  if (context?.namespace !== undefined) return context.namespace;
  try {
    return readFileSync(namespaceFile, 'utf8').trim();
  } catch {
    return 'default';
  }
}

/** Options of a call that ends with the signal, and by itself when the API server does not answer. */
export function within(signal: AbortSignal, ms: number = patienceMs): ConfigurationOptions {
  const bound = async (context: RequestContext): Promise<RequestContext> => {
    context.setSignal(AbortSignal.any([signal, AbortSignal.timeout(ms)]));
    return context;
  };
  return {
    middlewareMergeStrategy: 'append',
    middleware: [
      {
        pre: (context: RequestContext) => new Observable(bound(context)),
        post: (response: ResponseContext) => new Observable(Promise.resolve(response)),
      },
    ],
  };
}

/** The same of a call whose body is a merge patch; the client sends JSON patches otherwise. */
export function mergePatch(signal: AbortSignal): ConfigurationOptions {
  return setHeaderOptions('Content-Type', PatchStrategy.MergePatch, within(signal));
}
