create table runs (
  id            integer primary key autoincrement, -- r1 is 1; autoincrement: an id never comes back after a delete
  workflow_file text not null,
  workflow_id   text not null,
  workflow_name text not null,
  status        text not null, -- RUNNING, COMPLETED, INTERRUPTED, STOPPED; DELETED while its rows are being removed
  created       text not null, -- wall clock, UTC
  ended         text,
  updated       text not null, -- wall clock of the last write
  now           text,          -- where the enrollments' timelines start
  answers       text not null,
  era           text not null,
  seed          integer not null,
  totals        text not null, -- JSON
  error         text,          -- JSON
  pid           integer not null,
  host          text not null,
  process       text not null, -- when the process started, as its system tells it; "" where it does not
  owner         text not null  -- who may commit; "" for nobody
) strict;

create table run_inputs (
  run      integer primary key references runs (id) on delete cascade,
  settings text, -- JSON
  flow     text, -- JSON
  inputs   text  -- JSON: SHA-256 by path
) strict;

create table enrollments (
  id           integer primary key, -- run * 2^40 + seq: a run's rows lie together, in input order, without an index
  record_type  text not null,
  record_id    text not null,
  record_name  text not null,
  state        text not null,
  reason       text not null,
  started      text, -- on the enrollment's timeline
  ended        text,
  failed_steps integer not null,
  asks         integer not null,
  no_answer    integer not null,
  cost         text not null, -- exact decimal, US dollars
  steps        text not null, -- JSON list, as results print it
  effects      text not null, -- JSON list, as results print it
  run          text generated always as ('r' || (id >> 40)) virtual,
  seq          integer generated always as (id & 1099511627775) virtual
) strict;

create view run_summary as
select 'r' || id as run, workflow_name as workflow, status, answers, era, created, ended,
  totals ->> '$.considered' as considered, totals ->> '$.steps' as steps, totals ->> '$.failedSteps' as failed_steps,
  totals ->> '$.asks' as asks, totals ->> '$.failedAsks' as failed_asks, totals ->> '$.inputTokens' as input_tokens,
  totals ->> '$.outputTokens' as output_tokens, totals ->> '$.costUsd' as cost, error ->> '$.message' as error
from runs where status <> 'DELETED';

-- A view must not fail as a whole because one row holds no JSON list: hence json_valid and the type checks.
create view steps as
select e.run, e.seq, e.record_type as object_type, e.record_id as record, e.record_name, cast(s.key as integer) + 1 as place,
  s.value ->> '$.actionId' as step, s.value ->> '$.actionTypeId' as action_type, s.value ->> '$.name' as name,
  s.value ->> '$.label' as label, s.value ->> '$.state' as state, coalesce(s.value ->> '$.visit', 1) as visit,
  s.value ->> '$.branch' as branch, s.value ->> '$.reason' as reason, s.value ->> '$.outputs' as outputs,
  s.value ->> '$.waitUntil' as wait_until, s.value ->> '$.error.code' as error_code,
  s.value ->> '$.error.message' as error, s.value ->> '$.warnings' as warnings,
  s.value ->> '$.startedAt' as started, s.value ->> '$.endedAt' as ended
from enrollments e, json_each(case when json_valid(e.steps) then case json_type(e.steps) when 'array' then e.steps end end) s
where s.type = 'object';

create view asks as
select e.run, e.seq, e.record_type as object_type, e.record_id as record, e.record_name, cast(s.key as integer) + 1 as place,
  s.value ->> '$.actionId' as step, s.value ->> '$.name' as name, s.value ->> '$.state' as state,
  s.value ->> '$.ask.assistant' as assistant, s.value ->> '$.ask.model' as model,
  s.value ->> '$.ask.temperature' as temperature, s.value ->> '$.ask.reasoningEffort' as reasoning_effort,
  s.value ->> '$.ask.protocol' as protocol, s.value ->> '$.ask.prompt' as prompt, s.value ->> '$.ask.response' as response,
  s.value ->> '$.ask.attempts' as attempts, s.value ->> '$.ask.usage.inputTokens' as input_tokens,
  s.value ->> '$.ask.usage.cachedTokens' as cached_tokens, s.value ->> '$.ask.usage.outputTokens' as output_tokens,
  s.value ->> '$.ask.usage.reasoningTokens' as reasoning_tokens, s.value ->> '$.ask.costUsd' as cost,
  s.value ->> '$.error.code' as error_code, s.value ->> '$.error.message' as error
from enrollments e, json_each(case when json_valid(e.steps) then case json_type(e.steps) when 'array' then e.steps end end) s
where case when s.type = 'object' then json_type(s.value, '$.ask') = 'object' else 0 end;

create view effects as
select e.run, e.seq, e.record_type as object_type, e.record_id as record, e.record_name, cast(f.key as integer) + 1 as place,
  f.value ->> '$.actionId' as step, f.value ->> '$.type' as type, f.value ->> '$.objectType' as target_type,
  f.value ->> '$.recordId' as target, case json_type(f.value, '$.properties') when 'object' then f.value ->> '$.properties' end as properties, f.value ->> '$.associations' as associations,
  f.value ->> '$.property' as property, f.value ->> '$.from' as from_value, f.value ->> '$.to' as to_value,
  f.value ->> '$.userIds' as users, f.value ->> '$.teamIds' as teams, f.value ->> '$.subject' as subject,
  f.value ->> '$.body' as body
from enrollments e, json_each(case when json_valid(e.effects) then case json_type(e.effects) when 'array' then e.effects end end) f
where f.type = 'object';

create view tasks as
select run, seq, object_type, record, record_name, step, target as task, properties ->> '$.hs_task_subject' as subject,
  properties ->> '$.hs_task_body' as body, properties ->> '$.hs_task_type' as type,
  properties ->> '$.hs_task_priority' as priority, properties ->> '$.hs_task_status' as status,
  properties ->> '$.hubspot_owner_id' as owner, properties ->> '$.hs_timestamp' as due, associations
from effects where type = 'TASK';

create view notifications as
select run, seq, object_type, record, record_name, step, users, teams, subject, body
from effects where type = 'NOTIFICATION';

create view emails as
select run, seq, object_type, record, record_name, step, users, teams, subject, body
from effects where type = 'EMAIL';

create view property_changes as
select run, seq, object_type, record, record_name, step, target_type, target, property, from_value, to_value
from effects where type = 'PROPERTY';
