import { basePath, createEventParser, logPage } from '@verve/contract';

import { adminKey } from '../replicas.ts';
import { textsIn, type Places } from './leak-search.ts';

const headers = { authorization: `Bearer ${adminKey}` };

/** Every answer of a server that could tell of these tasks, by its call, with its JSON undone. */
export async function readAnswers(url: string, taskIds: readonly string[]): Promise<Places> {
  const api = `${url}${basePath}`;
  const places: Record<string, string> = {
    metrics: await textOf(`${url}/metrics`),
    listTasks: undone(await textOf(`${api}/tasks?limit=200`)),
  };
  for (const call of ['workers', 'projects', 'keys', 'session', 'stats']) {
    places[call] = undone(await textOf(`${api}/${call}`));
  }
  const each = await Promise.all(taskIds.map(async (id) => readTask(`${api}/tasks/${id}`)));
  for (const [place, text] of each.flatMap((answers) => Object.entries(answers))) {
    places[place] = `${places[place] ?? ''}\n${text}`;
  }
  return places;
}

async function readTask(url: string): Promise<Places> {
  const stream = { ...headers, accept: 'text/event-stream' };
  return {
    getTask: undone(await textOf(url)),
    'readLogs, JSON': await readPages(`${url}/logs`),
    'readLogs, text': await textOf(`${url}/logs?format=text`),
    'readLogs, stream': undoneEvents(await textOf(`${url}/logs`, stream)),
  };
}

async function readPages(url: string): Promise<string> {
  const pages: string[] = [];
  for (let next = '0.0'; ;) {
    const text = await textOf(`${url}?after=${next}`);
    const page = logPage.parse(JSON.parse(text));
    pages.push(undone(text));
    if (page.isComplete) return pages.join('\n');
    next = page.next;
  }
}

async function textOf(url: string, more: Readonly<Record<string, string>> = headers): Promise<string> {
  const response = await fetch(url, { headers: more });
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`);
  return response.text();
}

function undone(json: string): string {
  return textsIn(JSON.parse(json));
}

function undoneEvents(stream: string): string {
  const events = createEventParser().push(stream);
  return events.map(({ event, data }) => `${event}\n${undone(data)}`).join('\n');
}

/** All that a server tells of changes while somebody listens. */
export interface ChangesHeard {
  /** Whether the end of a task was told. */
  hasEnded(taskId: string): boolean;
  /** What was told so far, with its JSON undone. */
  text(): string;
}

/** Listens until the signal. */
export async function hearChanges(url: string, signal: AbortSignal): Promise<ChangesHeard> {
  const response = await fetch(`${url}${basePath}/events`, {
    headers: { ...headers, accept: 'text/event-stream' },
    signal,
  });
  let stream = '';
  void (async () => {
    for await (const text of response.body?.pipeThrough(new TextDecoderStream()) ?? []) stream += text;
  })().catch(() => undefined);
  return {
    hasEnded: (taskId) => new RegExp(`"id":"${taskId}".*"finishedAt"`).test(stream),
    text: () => undoneEvents(stream),
  };
}
