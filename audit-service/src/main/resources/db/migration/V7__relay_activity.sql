-- What relays did of late. Rows come nearly in the order of their time: a range of pages is told from its first and
-- last time alone, which costs next to nothing to keep.
CREATE INDEX timeline_by_time ON timeline USING brin (occurred_at) WITH (autosummarize = on);
