-- What customers ask and what advisors write down about a conversation: free text, redacted like any other.
alter table raw.interactions add column note text;
