-- In which money a product's fee stands: of the feed that the publication which is read was made from.
create function serving.read_currency()
returns text
language sql
stable
security definer
set search_path = pg_catalog, pg_temp
as $$
    select feeds.currency
    from ops.feeds
    order by
        feeds.run_id = (
            select publications.run_id from serving.publications
            where publications.publication_id = (select publication_id from serving.current_publication)
        ) desc nulls last,
        feeds.landed_at desc
    limit 1
$$;
comment on function serving.read_currency is 'The currency of what is read; null before the first feed.';
revoke execute on function serving.read_currency from public;
grant execute on function serving.read_currency to api;
