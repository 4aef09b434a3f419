-- Spellings of what never reaches raw, such as a town, are found and made one inside the boundary. A proposal is only
-- written where many customers share its canonical form and the value is that form but for a slip.
grant select, insert, update, delete on ops.value_clusters to ingest;

comment on table ops.value_clusters is 'Values with the spelling that they become once that is accepted: in staging, or as rows land.';
comment on column ops.value_clusters.n_rows is 'Rows that held the value in the last run; of one that is made another as it lands, when it was accepted.';
