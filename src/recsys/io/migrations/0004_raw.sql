-- The pseudonymised feed, one table per table of the feed contract (a test holds the two against each other).
-- `extras` holds the columns that a bank declares in feed.toml beyond the contract.
create table raw.customers (
    customer_key uuid not null,
    registered_at date,
    valid_from date,
    status text,
    region text,
    country text,
    birth_year smallint,
    gender text,
    marital_status text,
    n_dependants integer,
    education text,
    employment_status text,
    occupation text,
    annual_income numeric(18, 2),
    is_in_arrears boolean,
    segment text,
    branch text,
    advisor_key uuid,
    language text,
    extras jsonb,
    unique nulls not distinct (customer_key, valid_from)
);

create table raw.products (
    product_id text not null,
    product_name text not null,
    category text not null,
    risk_class integer,
    min_age integer,
    max_age integer,
    min_annual_income numeric(18, 2),
    min_horizon_years integer,
    min_knowledge_level integer,
    min_loss_capacity integer,
    countries text[],
    target_segments text[],
    negative_segments text[],
    requires text[],
    excludes text[],
    annual_fee numeric(18, 2),
    value numeric(18, 2),
    launched_at date,
    withdrawn_at date,
    description text,
    extras jsonb,
    unique nulls not distinct (product_id)
);

create table raw.holdings (
    customer_key uuid not null,
    product_id text not null,
    opened_at date,
    closed_at date,
    balance numeric(18, 2),
    extras jsonb,
    unique nulls not distinct (customer_key, product_id, opened_at)
);

create table raw.transactions (
    transaction_id text not null,
    customer_key uuid not null,
    booked_at timestamptz not null,
    amount numeric(18, 2) not null,
    currency text,
    category text,
    merchant text,
    counterparty_key uuid,
    description text,
    extras jsonb,
    unique nulls not distinct (transaction_id)
);

create table raw.surveys (
    response_id text not null,
    customer_key uuid not null,
    answered_at timestamptz not null,
    investment_goal text,
    horizon_years integer,
    risk_tolerance integer,
    knowledge_level integer,
    loss_capacity integer,
    comment text,
    extras jsonb,
    unique nulls not distinct (response_id)
);

create table raw.consents (
    customer_key uuid not null,
    purpose text not null,
    is_granted boolean not null,
    recorded_at timestamptz not null,
    extras jsonb,
    unique nulls not distinct (customer_key, purpose, recorded_at, is_granted)
);

create table raw.interactions (
    event_id text not null,
    customer_key uuid not null,
    product_id text not null,
    event_type text not null,
    value double precision,
    channel text,
    occurred_at timestamptz not null,
    extras jsonb,
    unique nulls not distinct (event_id)
);

-- Duplicate customers, joined in dbt, so that a merge can be undone without rewriting history.
create table raw.customer_links (
    customer_key uuid primary key,
    person_key uuid not null,
    match_rule text not null
);
create index on raw.customer_links (person_key);

grant select, insert, update, delete, truncate on all tables in schema raw to ingest;
grant select on all tables in schema raw to transform;
