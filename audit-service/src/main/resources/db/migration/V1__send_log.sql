-- The send log follows from the topics: `timeline` has each event once, `message` and `message_recipient` are
-- computed from a message's whole timeline whenever it grows. Each table is cut by the UTC day on which the
-- submission was accepted; the service makes the days' partitions and drops them by age.
--
-- A message whose Idempotency-Key was used on two days has a row on each; the one whose submission was approved
-- is the message.

CREATE TABLE timeline (
    day           date        NOT NULL,
    message_id    uuid        NOT NULL,
    event_id      uuid        NOT NULL,
    submission_id uuid        NOT NULL,
    tenant        text        NOT NULL,
    api_key_id    text        NOT NULL,
    mode          text        NOT NULL,
    lane          text        NOT NULL,
    accepted_at   timestamptz NOT NULL,
    occurred_at   timestamptz NOT NULL,
    replay_count  integer     NOT NULL,
    attempt       integer     NOT NULL,
    -- Of two records of one event, the higher (weight, occurred_at, partition, record_offset) is kept.
    weight        smallint    NOT NULL,
    partition     integer     NOT NULL,
    record_offset bigint      NOT NULL,
    trace_id      text,
    request_id    text,
    detail        jsonb       NOT NULL,
    PRIMARY KEY (message_id, day, event_id)
) PARTITION BY RANGE (day);

CREATE TABLE message (
    day               date        NOT NULL,
    message_id        uuid        NOT NULL,
    -- Whose mail it is: the approved submission, before an approval the first one.
    submission_id     uuid        NOT NULL,
    tenant            text        NOT NULL,
    api_key_id        text        NOT NULL,
    mode              text        NOT NULL,
    lane              text        NOT NULL,
    -- Null: on this day there were only repeats of another day's message.
    status            text CHECK (status IN ('queued', 'approved', 'deferred', 'delivered', 'partially_delivered',
                                             'failed', 'rejected')),
    from_address      text,
    from_name         text,
    subject           text,
    rejected_by       text,
    accepted_at       timestamptz NOT NULL,
    updated_at        timestamptz NOT NULL,
    due_at            timestamptz,
    replay_count      integer     NOT NULL,
    attempt           integer     NOT NULL,
    trace_id          text,
    request_id        text,
    -- Where the request stands on mail.requests.v1, to drive it again from there.
    request_partition integer,
    request_offset    bigint,
    PRIMARY KEY (message_id, day)
) PARTITION BY RANGE (day);

CREATE TABLE message_recipient (
    day           date        NOT NULL,
    message_id    uuid        NOT NULL,
    recipient     text        NOT NULL,
    -- The place in the mail: to, cc, bcc.
    position      integer     NOT NULL,
    -- Null until the request has been read.
    kind          text CHECK (kind IN ('to', 'cc', 'bcc')),
    tenant        text        NOT NULL,
    api_key_id    text        NOT NULL,
    from_address  text,
    subject       text,
    status        text        NOT NULL CHECK (status IN ('queued', 'approved', 'deferred', 'delivered', 'failed', 'rejected')),
    -- Null while it is under way.
    success       boolean GENERATED ALWAYS AS (CASE status WHEN 'delivered' THEN true
                                                           WHEN 'failed' THEN false
                                                           WHEN 'rejected' THEN false END) STORED,
    smtp_code     integer,
    enhanced_code text,
    reply         text,
    error         text,
    relay         text,
    attempt       integer     NOT NULL,
    replay_count  integer     NOT NULL,
    accepted_at   timestamptz NOT NULL,
    updated_at    timestamptz NOT NULL,
    trace_id      text,
    PRIMARY KEY (message_id, day, recipient)
) PARTITION BY RANGE (day);
