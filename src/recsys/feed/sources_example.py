"""A whole `sources.toml` with one source of each kind: `recsys sources example`; docs/sources.md shows it."""

from __future__ import annotations

EXAMPLE = """\
# The systems that a bank's data comes from. Secrets never stand here: write env:NAME for a variable of the
# environment, or airflow:CONNECTION for a connection of Airflow (outside Airflow: AIRFLOW_CONN_<CONNECTION>).

[feed]
name = "bank"
currency = "EUR"

# Which source wins, for a table and for single columns: the first one that has a value.
# The first source of a table also decides whether a row exists.
[winners]
customers = ["registrations", "crm"]
"customers.phone" = ["crm", "registrations"]

# A database: any URL of SQLAlchemy, such as postgresql+psycopg://user:password@host:5432/name in the variable.
[sources.registrations]
kind = "sql"
location = "env:REGISTRATIONS_URL"
schedule = "hourly"

[sources.registrations.tables.customers]
origin = "public.clients"
# Rows are asked for from the last updated_at seen, less two days: rows that were written late are found.
cursor = "updated_at"
lag = "2 days"
deleted_column = "is_deleted"
# Column of the contract = column of the source. Columns of one name need not be listed.
columns = { customer_id = "client_no", full_name = "name" }
ignored = ["internal_note"]
# A column that is neither mapped nor ignored stops the load: "ignore" lets it pass unread.
on_new_column = "stop"

[sources.registrations.tables.products]
origin = "public.products"

[sources.registrations.tables.holdings]
origin = "public.contracts"
cursor = "updated_at"
columns = { customer_id = "client_no" }

# Files: a folder or an object store (s3://, gs://, az://, sftp://), CSV, JSON Lines or Parquet, also .gz and .zst.
[sources.transactions]
kind = "files"
location = "/srv/deliveries"

[sources.transactions.tables.transactions]
origin = "transactions_*.csv*"
columns = { transaction_id = "txn_id", customer_id = "client", booked_at = "booked" }

# A tool that exports everything each day: what is not in the export any more was deleted.
[sources.surveys]
kind = "files"
location = "/srv/surveys"
schedule = "30 5 * * 1-5"

[sources.surveys.tables.surveys]
origin = "surveys.jsonl"
deletes_absent = true

# A REST API.
[sources.crm]
kind = "rest"
location = "https://crm.example/v1"
auth = { type = "bearer", token = "env:CRM_TOKEN" }
paginator = { type = "json_link", next_url_path = "next" }
max_requests_per_second = 5

[sources.crm.tables.customers]
origin = "contacts"
selector = "data"
cursor = "changed_at"
cursor_param = "updated_since"
lag = "1 day"
deleted_column = "deleted"
columns = { customer_id = "client_id", email = "mail", phone = "mobile" }
ignored = ["address"]
"""
