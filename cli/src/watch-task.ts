import { isTerminal, task as taskSchema, type Client, type ServerEvent, type Task } from '@verve/contract';

import type { Context } from './context.ts';
import { followStream } from './reconnecting.ts';
import { stateText } from './task-text.ts';

/**
 * Waits until a task has ended, telling its states on stderr. Survives a server that goes away and comes back.
 * Throws what makes waiting senseless: the task is gone, the key was revoked.
 */
export async function waitForEnd(context: Context, start: Task, signal: AbortSignal): Promise<Task> {
  let told = '';
  for await (const task of watchTask(context, start, signal)) {
    if (isTerminal(task.status)) return task;
    const state = stateText(task);
    if (state !== told) await context.note(context.paint('dim', state));
    told = state;
  }
  throw new Error('the stream of events ended');
}

/** The task in each state that is seen, the present one first. */
async function* watchTask(context: Context, start: Task, signal: AbortSignal): AsyncGenerator<Task> {
  const client = context.client();
  let current = start;
  const stream = {
    open: async (lastEventId: string | undefined): Promise<Response> => {
      const opened = await openEvents(client, { projectId: start.projectId, lastEventId }, signal);
      // Asked after the stream is open, so that no change falls between the two.
      try {
        current = await client.ask('getTask', { params: { id: start.id }, signal });
      } catch (error) {
        await opened.body?.cancel().catch(() => undefined);
        throw error;
      }
      return opened;
    },
    times: context.io.retryTimes,
    now: context.io.now,
    onAway: () => void context.note(context.paint('dim', 'the server is away, trying again')),
  };
  for await (const item of followStream(stream, signal)) {
    const task = item.kind === 'open' ? current : taskIn(item.event);
    if (task?.id === start.id) yield task;
  }
}

/** The task that an event tells of; undefined when it tells of something else. */
function taskIn({ event, data }: ServerEvent): Task | undefined {
  return event === 'task' ? taskSchema.parse(JSON.parse(data)) : undefined;
}

interface EventsOf {
  readonly projectId: string;
  readonly lastEventId: string | undefined;
}

function openEvents(
  client: Client,
  { projectId, lastEventId }: EventsOf,
  signal: AbortSignal,
): Promise<Response> {
  const resume: Record<string, string> = lastEventId === undefined ? {} : { 'last-event-id': lastEventId };
  const headers = { accept: 'text/event-stream', ...resume };
  return client.open('streamEvents', { query: { projectId }, headers, signal });
}
