-- The data-protection officer: rights of customers, keys, retention. What the role may do, it does through functions.
grant usage on schema ops, identity, serving, quarantine, raw to officer;
grant select on ops.audit_log, ops.runs, ops.step_runs, ops.current_run, ops.feeds, ops.loads to officer;
grant select on serving.publications, serving.current_publication to officer;
