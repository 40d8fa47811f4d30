import type { Mount } from '../http/endpoint.ts';
import type { ServerEvent } from '../http/sse.ts';
import { invalid } from '../service-error.ts';
import type { Change } from '../storage/change-feed.ts';
import { PositionInvalid } from '../storage/storage.ts';
import { toWireWorker } from '../tasks/wire.ts';
import type { RouteParts } from './parts.ts';
import { scopeOf } from './scope.ts';
import { lastEventId, streamTo } from './stream.ts';
import { viewTasks } from './task-view.ts';

/** Changes of tasks and workers, live. */
export function mountEvents(mount: Mount, parts: RouteParts): void {
  const { storage, changeStream } = parts;

  mount('streamEvents', async (call) => {
    const projectId = await scopeOf(call.caller, call.query.projectId, storage.projects);
    const after = await startOf(lastEventId(call.request), parts);
    return streamTo(call, parts, {
      kind: 'events',
      async *events(signal) {
        // Who loses the stream before the first change still knows where to go on.
        yield { id: after };
        for await (const changes of changeStream.follow({ projectId, after }, signal)) {
          yield* await toEvents(changes, parts);
        }
      },
    });
  });
}

async function startOf(resumed: string | undefined, { storage }: RouteParts): Promise<string> {
  if (resumed === undefined) return storage.changes.head();
  try {
    await storage.changes.read({ after: resumed, limit: 1 });
    return resumed;
  } catch (error) {
    if (!(error instanceof PositionInvalid)) throw error;
    throw invalid('Last-Event-ID', 'is not a position of this server');
  }
}

type Positioned = { readonly position: string; readonly change: Change };

async function toEvents(changes: readonly Positioned[], parts: RouteParts): Promise<ServerEvent[]> {
  const records = changes.flatMap(({ change }) => (change.kind === 'task' ? [change.task] : []));
  const tasks = new Map((await viewTasks(parts, records)).map((task) => [task.id, task]));
  return changes.map(({ position, change }) => {
    const data = change.kind === 'task' ? tasks.get(change.task.id) : toWireWorker(change.worker);
    return { event: change.kind, id: position, data };
  });
}
