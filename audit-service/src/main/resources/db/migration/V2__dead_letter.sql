-- One row per identity: message, replay count and attempts for a mail that reached its end, the record's source
-- for one that could not be read. `id` is computed from the identity.

CREATE TABLE dead_letter (
    id               uuid        PRIMARY KEY,
    message_id       uuid,
    tenant           text,
    api_key_id       text,
    mode             text,
    lane             text,
    accepted_at      timestamptz,
    replay_count     integer     NOT NULL,
    attempts         integer     NOT NULL,
    category         text        NOT NULL CHECK (category IN ('exhausted', 'permanent', 'poison', 'relay-config')),
    reason           text        NOT NULL,
    recipients       text[]      NOT NULL,
    source_topic     text        NOT NULL,
    source_partition integer     NOT NULL,
    source_offset    bigint      NOT NULL,
    trace_id         text,
    request_id       text,
    -- When it was written to the dead-letter topic.
    dead_at          timestamptz NOT NULL,
    -- Where it stands on the dead-letter topic; of two records of one letter the later is kept.
    partition        integer     NOT NULL,
    record_offset    bigint      NOT NULL,
    record_key       bytea,
    -- [{"name", "text"}], or {"name", "base64"} where the bytes are no text; {"name"} for a header of null.
    headers          jsonb       NOT NULL,
    value            bytea,
    -- What operators did about it; the projection sets it once and leaves it.
    state            text        NOT NULL DEFAULT 'waiting'
);

CREATE INDEX dead_letter_by_message ON dead_letter (message_id);
CREATE INDEX dead_letter_by_age ON dead_letter (dead_at);
