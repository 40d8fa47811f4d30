import type { IncomingMessage } from 'node:http';
import { request, type RequestOptions } from 'node:https';

import { limits, type Phase } from '@verve/contract';

import type { Cluster } from '../../kubernetes/cluster.ts';

const connectMs = 10_000;
/** For a last reading: the API server itself gives a node that is away up 30 s after it asked. */
const lastConnectMs = 40_000;
/** Nothing comes from a quiet container either: then the connection is made anew. */
const longestSilenceMs = 60_000;
/** Characters that are kept of a line. A container's own lines are shorter; those written past them may have no end. */
const lineLength = 4 * limits.lineBytes;
const tooMany = 429;
const logRequest = { verb: 'get', resource: 'pods/log' };
/** `2026-11-22T18:31:35.693692542Z` and a blank. */
const timed = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)) /;

/** Where in the cluster a log is. */
export interface LogPlace {
  readonly pod: string;
  readonly container: Phase;
}

/** What is read of it. */
export interface LogQuery {
  readonly follow: boolean;
  /** RFC 3339; the API server cuts it to seconds. */
  readonly sinceTime?: string;
  readonly tailLines?: number;
}

/** A line as the kubelet has it: when it came, and what the container wrote. */
export interface TimedLine {
  readonly at: string;
  readonly text: string;
}

/**
 * How a reading ended.
 * `whole`: by the container's end. `cut`: the connection broke. `unready`: the container has not started. `gone`: there is no
 * such pod any more, or its log was removed. `troubled`: the API server has trouble, or does not reach the node.
 * `refused`: for another reason. Both in words.
 */
export type LogEnd =
  | { readonly kind: 'whole' | 'cut' | 'unready' | 'gone' }
  | { readonly kind: 'troubled' | 'refused'; readonly message: string };

/** What a reading is given to. Never waits: a reader that is slow loses lines to rotation. */
type TakeLines = (lines: readonly TimedLine[]) => void;

/** What is read, and for whom. */
export interface LogReading {
  readonly place: LogPlace;
  readonly query: LogQuery;
  readonly take: TakeLines;
  /** After so long without a byte the connection counts as cut; absent: a minute. */
  readonly silenceMs?: number;
}

/**
 * Reads a container's log until it ends, is cut, or the signal says so. Lines come whole; what stands after the last
 * line break comes with a `whole` end alone.
 */
export async function readPodLog(
  cluster: Cluster,
  reading: LogReading,
  signal: AbortSignal,
): Promise<LogEnd> {
  try {
    const response = await open(cluster, reading, signal);
    if (response.statusCode !== 200) return refusal(response.statusCode ?? 0, await bodyOf(response));
    return await takeAll(response, reading.take);
  } catch {
    // Whoever ended it knows; all else is a connection that broke.
    return { kind: 'cut' };
  }
}

async function open(
  { config, namespace, meters }: Cluster,
  { place, query, silenceMs = longestSilenceMs }: LogReading,
  signal: AbortSignal,
): Promise<IncomingMessage> {
  const url = new URL(
    `${config.getCurrentCluster()?.server ?? ''}/api/v1/namespaces/${namespace}/pods/${place.pod}/log`,
  );
  url.searchParams.set('container', place.container);
  url.searchParams.set('timestamps', 'true');
  if (query.follow) url.searchParams.set('follow', 'true');
  if (query.sinceTime !== undefined) url.searchParams.set('sinceTime', query.sinceTime);
  if (query.tailLines !== undefined) url.searchParams.set('tailLines', String(query.tailLines));
  const options: RequestOptions = { headers: {} };
  await config.applyToHTTPSOptions(options);
  return new Promise((resolve, reject) => {
    const asking = request(url, { ...options, signal }, resolve);
    asking.setTimeout(query.follow ? connectMs : lastConnectMs, () => asking.destroy(new Error('no answer')));
    let isAnswered = false;
    asking.on('error', (error) => {
      // Of an answer that breaks off its reader hears.
      if (!isAnswered) meters.kubernetesAnswered(logRequest, undefined);
      reject(error);
    });
    asking.on('response', (response) => {
      isAnswered = true;
      meters.kubernetesAnswered(logRequest, response.statusCode);
      asking.setTimeout(0);
      response.setTimeout(silenceMs, () => response.destroy(new Error('silence')));
    });
    asking.end();
  });
}

async function takeAll(response: IncomingMessage, take: TakeLines): Promise<LogEnd> {
  response.setEncoding('utf8');
  let rest = '';
  for await (const piece of response) {
    const lines = (rest + (piece as string)).split('\n');
    rest = (lines.pop() ?? '').slice(0, lineLength);
    const timedLines = lines.map(parse);
    if (timedLines.some((line) => line === undefined)) return { kind: 'gone' };
    take(timedLines.filter((line) => line !== undefined));
  }
  if (!response.complete) return { kind: 'cut' };
  if (rest !== '') {
    const last = parse(rest);
    if (!last) return { kind: 'gone' };
    take([last]);
  }
  return { kind: 'whole' };
}

/** Undefined for words of the kubelet's own: the log is there no more. */
function parse(line: string): TimedLine | undefined {
  const at = timed.exec(line)?.[1];
  return at === undefined ? undefined : { at, text: line.slice(at.length + 1) };
}

async function bodyOf(response: IncomingMessage): Promise<string> {
  response.setEncoding('utf8');
  let text = '';
  for await (const piece of response) text += piece as string;
  return text;
}

function refusal(status: number, body: string): LogEnd {
  // 400: the kubelet says that it ended, and never had it.
  if (status === 404 || (status === 400 && body.includes('is terminated'))) return { kind: 'gone' };
  if (status === tooMany) return { kind: 'cut' };
  // 204: the pod is on no node yet.
  if (status === 204 || (status === 400 && body.includes('waiting to start'))) return { kind: 'unready' };
  return { kind: status >= 500 ? 'troubled' : 'refused', message: messageOf(body) ?? `HTTP ${status}` };
}

function messageOf(body: string): string | undefined {
  try {
    const { message } = JSON.parse(body) as { message?: unknown };
    return typeof message === 'string' ? message : undefined;
  } catch {
    return undefined;
  }
}
