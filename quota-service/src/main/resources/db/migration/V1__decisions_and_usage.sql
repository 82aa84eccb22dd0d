-- One row per message: what was decided on it. A row is inserted empty and filled in the same transaction, which
-- fits on the same page (fillfactor) and touches no index.
CREATE TABLE quota.decision (
    message_id    uuid PRIMARY KEY,
    keyed         boolean     NOT NULL,
    decided_at    timestamptz NOT NULL,
    submission_id uuid,
    fingerprint   text,
    tenant        text,
    api_key_id    text,
    mode          text,
    verdict       text CHECK (verdict IN ('approved', 'rejected')),
    units         integer,
    policies      jsonb,
    accepted_at   timestamptz,
    -- The record that the decision was made on: its approval is published for that record only.
    topic_id      uuid,
    partition     integer,
    record_offset bigint
) WITH (fillfactor = 50);

-- Thinning by age.
CREATE INDEX decision_age ON quota.decision (keyed, decided_at);

-- Rejections that a later submission of the same message was decided anew after: their redelivery is answered as before.
CREATE TABLE quota.superseded (
    message_id    uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    fingerprint   text        NOT NULL,
    units         integer     NOT NULL,
    policies      jsonb       NOT NULL,
    decided_at    timestamptz NOT NULL,
    topic_id      uuid        NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    PRIMARY KEY (message_id, submission_id)
);

CREATE INDEX superseded_age ON quota.superseded (decided_at);

-- Recipients granted per policy, subject (an API key, or mode:tenant) and window. Updated all the time: the free half of
-- each page keeps the updates off the indexes.
CREATE TABLE quota.usage (
    policy       text        NOT NULL,
    subject      text        NOT NULL,
    window_start timestamptz NOT NULL,
    used         bigint      NOT NULL CHECK (used >= 0),
    PRIMARY KEY (policy, subject, window_start)
) WITH (fillfactor = 50);

CREATE INDEX usage_age ON quota.usage (window_start);

-- Per partition of a topic (a topic made again has another id): the next offset whose approvals are not committed yet.
CREATE TABLE quota.progress (
    topic_id    uuid    NOT NULL,
    partition   integer NOT NULL,
    next_offset bigint  NOT NULL,
    PRIMARY KEY (topic_id, partition)
);
