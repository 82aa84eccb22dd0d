-- A repeat gets the first answer, its trace included.
ALTER TABLE quota.decision ADD COLUMN trace_id text;
ALTER TABLE quota.superseded ADD COLUMN trace_id text;
