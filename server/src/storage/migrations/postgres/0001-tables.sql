-- Times are ms since 1970. Ids are typeids, sortable by time of making, so they compare bytewise (collate "C").

create table projects (
  id          text collate "C" primary key,
  name        text not null unique,
  repository  text,
  base_branch text,
  agent       text,
  created_at  bigint not null
);

-- Only the SHA-256 of a key is kept. A key without a project is an admin's.
create table keys (
  id         text collate "C" primary key,
  project_id text collate "C" references projects (id),
  role       text not null check (role in ('admin', 'member', 'worker')),
  name       text not null,
  hash       text not null unique,
  created_at bigint not null,
  expires_at bigint
);

create table sessions (
  hash       text primary key,
  key_id     text collate "C" not null references keys (id) on delete cascade,
  created_at bigint not null,
  expires_at bigint not null
);
create index sessions_key on sessions (key_id);

-- last_seen_at is in no index, so that a heartbeat is a heap-only update.
create table workers (
  id            text collate "C" primary key,
  project_id    text collate "C" not null references projects (id),
  name          text not null,
  version       text not null,
  executor      text not null,
  capacity      integer not null,
  instance      text,
  labels        jsonb not null,
  agents        jsonb,
  repositories  jsonb,
  paused        boolean not null default false,
  is_connected  boolean not null default true,
  registered_at bigint not null,
  last_seen_at  bigint not null,
  changed       xid8 not null default pg_current_xact_id(),
  unique (project_id, name)
) with (fillfactor = 70);
create index workers_changed on workers (changed, id);

create table tasks (
  id                     text collate "C" primary key,
  project_id             text collate "C" not null references projects (id),
  title                  text not null,
  description            text not null,
  repository             text not null,
  base_branch            text,
  agent                  text,
  model                  text,
  priority               integer not null,
  labels                 jsonb not null,
  requires               jsonb not null,
  status                 text not null default 'pending'
                         check (status in ('pending', 'running', 'completed', 'failed', 'canceled')),
  phase                  text,
  waiting                text,
  reason                 text,
  message                text,
  attempt                integer not null default 0,
  max_attempts           integer not null,
  timeout_seconds        integer not null,
  worker_id              text collate "C",
  not_before             bigint,
  cancel_requested_at    bigint,
  cancel_reason          text,
  branch                 text,
  commit_id              text,
  pull_request_url       text,
  usage                  jsonb,
  created_by             text not null,
  created_at             bigint not null,
  started_at             bigint,
  finished_at            bigint,
  counted_failures       integer not null default 0,
  allowed_failures       integer not null,
  infrastructure_retries integer not null default 0,
  model_retries          integer not null default 0,
  idempotency_key        text,
  idempotency_hash       text,
  -- Retention has deleted the log since the last claim.
  is_log_pruned          boolean not null default false,
  -- The transaction of the last change: a feed that reads below the snapshot's xmin in this order skips nothing.
  changed                xid8 not null default pg_current_xact_id()
) with (fillfactor = 80);

-- Exactly the claim's order: highest priority first, then oldest. "POSIX" sorts as "C" does, but no other index has
-- it, so that the planner cannot take one of those and read past all the tasks that have ended.
create index tasks_queue on tasks (project_id, priority desc, id collate "POSIX") where status = 'pending';
create index tasks_list on tasks (project_id, id desc);
create index tasks_list_status on tasks (project_id, status, id desc);
create index tasks_ended on tasks (finished_at) where finished_at is not null;
create index tasks_log_due on tasks (finished_at) where finished_at is not null and not is_log_pruned;
create index tasks_canceling on tasks (worker_id) where status = 'running' and cancel_requested_at is not null;
create index tasks_changed on tasks (changed, id);
create unique index tasks_idempotency on tasks (project_id, idempotency_key) where idempotency_key is not null;

-- lease_until is in no index, so that a heartbeat is a heap-only update.
create table attempts (
  task_id            text collate "C" not null references tasks (id) on delete cascade,
  attempt            integer not null,
  status             text not null default 'running'
                     check (status in ('running', 'completed', 'failed', 'canceled', 'lost')),
  reason             text,
  message            text,
  worker_id          text collate "C" not null,
  started_at         bigint not null,
  finished_at        bigint,
  phases             jsonb not null default '[]',
  lease_until        bigint not null,
  is_acknowledged    boolean not null default false,
  publish_until      bigint,
  is_cancel_reported boolean not null default false,
  usage              jsonb,
  outcome_hash       text,
  primary key (task_id, attempt)
) with (fillfactor = 70);
create index attempts_running on attempts (worker_id) where status = 'running';

-- One row a chunk; lines joined by newline; at = the first time, then the differences, joined by commas. No foreign
-- key: it would lock the attempt's row for every chunk.
create table chunks (
  task_id    text collate "C" not null,
  attempt    integer not null,
  seq        bigint not null,
  phase      text,
  cursor     text,
  at         text not null,
  streams    text not null,
  lines      text not null,
  bytes      integer not null,
  created_at bigint not null,
  primary key (task_id, attempt, seq)
);

-- lz4 is several times faster than the default; a Postgres that was built without it keeps the default.
do $$
begin
  alter table chunks alter column lines set compression lz4;
exception
  when feature_not_supported then null;
end
$$;
