-- Times are ms since 1970. Ids are typeids, sortable by time of making.

create table projects (
  id          text primary key,
  name        text not null unique,
  repository  text,
  base_branch text,
  agent       text,
  created_at  integer not null
) strict;

-- Only the SHA-256 of a key is kept. A key without a project is an admin's.
create table keys (
  id         text primary key,
  project_id text references projects (id),
  role       text not null check (role in ('admin', 'member', 'worker')),
  name       text not null,
  hash       text not null unique,
  created_at integer not null,
  expires_at integer
) strict;

create table sessions (
  hash       text primary key,
  key_id     text not null references keys (id) on delete cascade,
  created_at integer not null,
  expires_at integer not null
) strict;
create index sessions_key on sessions (key_id);

-- last_seen_at is in no index, so that a heartbeat touches one page.
create table workers (
  id            text primary key,
  project_id    text not null references projects (id),
  name          text not null,
  version       text not null,
  executor      text not null,
  capacity      integer not null,
  instance      text,
  labels        text not null,
  agents        text,
  repositories  text,
  paused        integer not null default 0,
  is_connected  integer not null default 1,
  registered_at integer not null,
  last_seen_at  integer not null,
  changed       integer not null,
  unique (project_id, name)
) strict;
create index workers_changed on workers (changed, id);

create table tasks (
  id                     text primary key,
  project_id             text not null references projects (id),
  title                  text not null,
  description            text not null,
  repository             text not null,
  base_branch            text,
  agent                  text,
  model                  text,
  priority               integer not null,
  labels                 text not null,
  requires               text not null,
  status                 text not null default 'pending'
                         check (status in ('pending', 'running', 'completed', 'failed', 'canceled')),
  phase                  text,
  waiting                text,
  reason                 text,
  message                text,
  attempt                integer not null default 0,
  max_attempts           integer not null,
  timeout_seconds        integer not null,
  worker_id              text,
  not_before             integer,
  cancel_requested_at    integer,
  cancel_reason          text,
  branch                 text,
  commit_id              text,
  pull_request_url       text,
  usage                  text,
  created_by             text not null,
  created_at             integer not null,
  started_at             integer,
  finished_at            integer,
  counted_failures       integer not null default 0,
  allowed_failures       integer not null,
  infrastructure_retries integer not null default 0,
  model_retries          integer not null default 0,
  idempotency_key        text,
  idempotency_hash       text,
  -- Retention has deleted the log since the last claim.
  is_log_pruned          integer not null default 0,
  -- A number that rises with each change: what the change feed reads by.
  changed                integer not null
) strict;

-- Exactly the claim's order: highest priority first, then oldest.
create index tasks_queue on tasks (project_id, priority desc, id) where status = 'pending';
create index tasks_list on tasks (project_id, id desc);
create index tasks_list_status on tasks (project_id, status, id desc);
create index tasks_ended on tasks (finished_at) where finished_at is not null;
create index tasks_log_due on tasks (finished_at) where finished_at is not null and not is_log_pruned;
create index tasks_canceling on tasks (worker_id) where status = 'running' and cancel_requested_at is not null;
create index tasks_changed on tasks (changed, id);
create unique index tasks_idempotency on tasks (project_id, idempotency_key) where idempotency_key is not null;

-- lease_until is in no index, so that a heartbeat touches one page.
create table attempts (
  task_id            text not null references tasks (id) on delete cascade,
  attempt            integer not null,
  status             text not null default 'running'
                     check (status in ('running', 'completed', 'failed', 'canceled', 'lost')),
  reason             text,
  message            text,
  worker_id          text not null,
  started_at         integer not null,
  finished_at        integer,
  phases             text not null default '[]',
  lease_until        integer not null,
  is_acknowledged    integer not null default 0,
  publish_until      integer,
  is_cancel_reported integer not null default 0,
  usage              text,
  outcome_hash       text,
  primary key (task_id, attempt)
) strict;
create index attempts_running on attempts (worker_id) where status = 'running';

-- One row a chunk; lines joined by newline; at = the first time, then the differences, joined by commas. No foreign
-- key, as in Postgres.
create table chunks (
  task_id    text not null,
  attempt    integer not null,
  seq        integer not null,
  phase      text,
  cursor     text,
  at         text not null,
  streams    text not null,
  lines      text not null,
  bytes      integer not null,
  created_at integer not null,
  primary key (task_id, attempt, seq)
) strict;
