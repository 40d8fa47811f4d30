import { defaultPort } from './api.ts';
import { errorStatuses } from './errors.ts';
import { limits } from './limits.ts';

const statuses = Object.entries(errorStatuses).map(([code, status]) => `| \`${code}\` | ${status} |`);

/** What holds for all calls, in Markdown: what a newcomer needs before the first one. */
export const apiDescription = `Gives coding tasks to AI agents that run inside the customer's own cluster.

## Keys and roles

Every call but those that need no key takes \`Authorization: Bearer verve_…\`. The first start of a server prints an admin key, this once, unless
\`VERVE_ADMIN_KEY\` gives it one; an admin makes the others with \`POST /keys\` or \`verve key create\`.

| role | may |
|---|---|
| \`admin\` | everything, in every project |
| \`member\` | the tasks of its project |
| \`worker\` | what a worker of its project calls |

The web page trades a key for a session cookie with \`POST /session\`. What belongs to another project is \`NotFound\`.

\`\`\`sh
export VERVE_URL=http://localhost:${defaultPort} VERVE_KEY=verve_…
curl -H "Authorization: Bearer $VERVE_KEY" -H 'Content-Type: application/json' \\
  -d '{"description": "Say hello in the README", "repository": "https://git.example/acme/app.git"}' $VERVE_URL/api/v1/tasks
\`\`\`

## Errors

Every answer that is not 2xx has the same form. Act on \`code\`; \`message\` is for people. \`details\` names each field that is wrong, and \`conflict\`, on some
409, what a program does about it. Fields that a call of a person does not know are errors; workers' calls ignore them.

\`\`\`json
{ "error": { "code": "InvalidArgument", "message": "…", "details": [{ "path": "description", "message": "must not be blank" }] } }
\`\`\`

| code | status |
|---|---|
${statuses.join('\n')}

\`Unavailable\` comes with \`Retry-After\`: the same call may succeed later. Each answer has an \`X-Request-Id\`, which the server's log repeats.

## Making a task once

\`POST /tasks\` takes an \`Idempotency-Key\`. The same key with the same body answers with the first task, so a request whose answer was lost can be made again; with another
body it is a \`Conflict\`. The key is good within its project until the task is deleted.

## Pages

\`GET /tasks\` gives up to \`limit\` tasks (${limits.taskPage} at most), newest first. While \`next\` is there, more follow: pass it as \`cursor\`. Logs are read in chunks of
lines: pass \`next\` as \`after\` until \`isComplete\`; \`tail\` gives the newest chunks and \`format=text\` the whole log as text.

## Following logs and events

With \`Accept: text/event-stream\` the log comes as server-sent events: \`chunk\` for each chunk, and \`end\` when the task has ended. \`GET /events\` sends \`task\` and \`worker\`
with the object as \`GET\` gives it, for each change. Each event has an id: who reconnects with \`Last-Event-ID\` misses nothing, on any server. A log that was followed
to its end answers 204 then.

\`\`\`sh
curl -N -H "Authorization: Bearer $VERVE_KEY" -H 'Accept: text/event-stream' $VERVE_URL/api/v1/tasks/tsk_…/logs
curl -N -H "Authorization: Bearer $VERVE_KEY" $VERVE_URL/api/v1/events
\`\`\`
`;
