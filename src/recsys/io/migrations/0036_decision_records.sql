-- What every decision of a publication rested on, so that a row can be explained and computed again from stored facts.
alter table serving.publications add column adjustments jsonb not null default '{}';
comment on column serving.publications.adjustments is 'What was done to the ranking after scoring, by setting; empty: nothing.';

-- Names and kinds of the values of a line, once for all persons of a publication.
create table serving.decision_fields (
    publication_id bigint not null references serving.publications on delete cascade,
    position smallint not null,
    name text not null,
    kind text not null,
    primary key (publication_id, position)
);

create table serving.decision_facts (
    publication_id bigint not null,
    person_key uuid not null,
    facts json not null,
    primary key (publication_id, person_key)
) partition by list (publication_id);
comment on column serving.decision_facts.facts is 'Values in the order of serving.decision_fields: json, because jsonb takes a third more and up to a half.';

alter table serving.decision_facts owner to publisher;
grant select, insert, update, delete on serving.decision_fields to publisher;
grant select on serving.decision_fields to officer;

-- Who was whom in a publication, and what was decided about that person in it, for records that officers make.
create function serving.read_decision(of_publication bigint, of_customer text, asked_by text)
returns table (person_key uuid, facts json, recommended json)
language plpgsql
security definer
set search_path = pg_catalog, pg_temp
as $$
declare
    found record;
begin
    select published.person_key, published.customer_key into found
    from identity.published_customers as published
    where
        published.customer_id = of_customer
        and published.since_publication <= of_publication
        and (published.until_publication is null or published.until_publication > of_publication);
    insert into ops.audit_log (actor, action, subject, details) values (
        session_user,
        'read_decision',
        found.customer_key::text,
        jsonb_build_object('publication_id', of_publication, 'asked_by', asked_by)
    );
    return query
        select
            decided.person_key,
            decided.facts,
            (
                select json_agg(
                    json_build_object(
                        'rank', rows.rank,
                        'product_id', rows.product_id,
                        'score', rows.score,
                        'reason_ids', rows.reason_ids
                    ) order by rows.rank
                )
                from serving.recommendation_rows as rows
                where rows.publication_id = of_publication and rows.person_key = decided.person_key
            )
        from serving.decision_facts as decided
        where decided.publication_id = of_publication and decided.person_key = found.person_key;
end
$$;
comment on function serving.read_decision is 'The facts and rows of one customer in one publication. Audited.';
revoke all on function serving.read_decision from public;
grant execute on function serving.read_decision to officer;
