-- {expires_at, sender_domains, recipient_domains, cidrs}; an absent one restricts nothing.
ALTER TABLE intake.api_key ADD COLUMN restrictions jsonb NOT NULL DEFAULT '{}';

-- Pages of the admin API.
CREATE INDEX api_key_age ON intake.api_key (created_at, id);

-- Who changed what, when; never a secret.
CREATE TABLE intake.admin_log (
    id         bigserial PRIMARY KEY,
    at         timestamptz NOT NULL,
    -- The id of the API key that did it; "start" for what the service did itself.
    actor      text        NOT NULL,
    -- api_key.created, api_key.changed, ...
    action     text        NOT NULL,
    subject_id text        NOT NULL,
    tenant     text        NOT NULL,
    -- What was asked for, by the names of the fields.
    fields     text[]      NOT NULL
);

CREATE INDEX admin_log_subject ON intake.admin_log (subject_id, id);
