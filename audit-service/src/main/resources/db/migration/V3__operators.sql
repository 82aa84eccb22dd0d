-- What operators do: they replay and discard dead letters, and redrive messages that nobody can account for.

-- Where each letter stands. Apart from the letters, because either may be read first when the log is projected anew:
-- mail.operations.v1 says what became of a letter that is still to be read from mail.dead-letter.v1.
CREATE TABLE dead_letter_state (
    letter_id  uuid        PRIMARY KEY,
    state      text        NOT NULL CHECK (state IN ('waiting', 'claimed', 'replayed', 'discarded')),
    -- A waiting letter's: when it died.
    changed_at timestamptz NOT NULL,
    -- The API key of whoever claimed, replayed or discarded it.
    changed_by text,
    job_id     uuid,
    -- The place in the job, from 1.
    position   integer,
    reason     text
);

INSERT INTO dead_letter_state (letter_id, state, changed_at) SELECT id, state, dead_at FROM dead_letter;

ALTER TABLE dead_letter DROP COLUMN state;

CREATE INDEX dead_letter_state_by_job ON dead_letter_state (job_id, position) WHERE job_id IS NOT NULL;
CREATE INDEX dead_letter_state_by_age ON dead_letter_state (changed_at);

DROP INDEX dead_letter_by_age;
CREATE INDEX dead_letter_by_age ON dead_letter (dead_at, id);

CREATE TABLE replay_job (
    id          uuid        PRIMARY KEY,
    state       text        NOT NULL CHECK (state IN ('running', 'paused', 'done', 'cancelled')),
    -- What was asked for, as it was posted.
    request     jsonb       NOT NULL,
    rate        integer     NOT NULL,
    relay_id    text,
    -- Whom the letters are replayed for; empty for all whom they are for.
    recipients  text[]      NOT NULL,
    -- The letters that were asked for, and of these the ones that were claimed: they have the positions 1 to claimed.
    matched     integer     NOT NULL,
    claimed     integer     NOT NULL,
    replayed    integer     NOT NULL DEFAULT 0,
    skipped     integer     NOT NULL,
    -- Up to which position all is published and recorded here. The group replay-<id> on Kafka may be one chunk ahead.
    progress    integer     NOT NULL DEFAULT 0,
    created_by  text        NOT NULL,
    created_at  timestamptz NOT NULL,
    changed_at  timestamptz NOT NULL,
    -- Nothing is left to be done, and no letter is claimed any more.
    finished_at timestamptz,
    -- The process that works on it, and until when nobody else may.
    runner      uuid,
    lease_until timestamptz
);

CREATE INDEX replay_job_by_age ON replay_job (created_at, id);
CREATE INDEX replay_job_open ON replay_job (created_at) WHERE finished_at IS NULL;

-- Who did what, when: a row per action, in the action's own transaction.
CREATE TABLE admin_log (
    id         bigint      PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    at         timestamptz NOT NULL,
    actor      text        NOT NULL,
    action     text        NOT NULL,
    subject_id text        NOT NULL,
    detail     text
);

CREATE INDEX admin_log_by_subject ON admin_log (subject_id, id);

-- The messages without an end, for those who look for the lost.
CREATE INDEX message_open ON message (updated_at, message_id) WHERE status IN ('queued', 'approved', 'deferred');
