-- The views join the bank's own customer ids back, which the role that publishes has no use for.
revoke all on serving.recommendations, serving.eliminations from publisher;

-- Data engineers list publications; of the rows they see nothing.
grant usage on schema serving to engineer;
