-- What a product is for: by it is chosen which facts about a customer are told as a reason.
alter table raw.products add column client_needs text[];
