-- To the minute, written in batches; no change of the key, so it raises no version.
ALTER TABLE intake.api_key ADD COLUMN last_used_at timestamptz;

-- Every replica asks for what has changed of late.
CREATE INDEX api_key_changed ON intake.api_key (updated_at);

-- What was deleted of late, for replicas that Kafka has not told yet.
CREATE TABLE intake.tombstone (
    topic      text        NOT NULL,
    key        text        NOT NULL,
    version    bigint      NOT NULL,
    deleted_at timestamptz NOT NULL,
    PRIMARY KEY (topic, key)
);
