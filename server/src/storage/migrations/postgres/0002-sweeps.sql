-- Written by each sweep: a database that only lets itself be read is found to be away before leases run out. One row.
create table sweeps (
  id       integer primary key check (id = 1),
  swept_at bigint not null
);
