-- Two inner folds precede the three that judge (decision 34), so what the oldest fold looks back on is 120 days older.
update ops.dated_places
set least_days = least_days + 120
where place in ('raw.holdings', 'raw.transactions', 'raw.surveys', 'raw.interactions');
