CREATE TABLE intake.tenant (
    id         text PRIMARY KEY,
    created_at timestamptz NOT NULL DEFAULT now()
);

INSERT INTO intake.tenant (id) VALUES ('default');

CREATE TABLE intake.api_key (
    id           text PRIMARY KEY,
    tenant       text        NOT NULL REFERENCES intake.tenant (id),
    name         text        NOT NULL,
    mode         text        NOT NULL CHECK (mode IN ('live', 'test')),
    -- ["send", ...]
    scopes       jsonb       NOT NULL,
    -- [{hash, expires_at}]: bcrypt only; more than one while a key is being rotated.
    secrets      jsonb       NOT NULL,
    enabled      boolean     NOT NULL,
    -- [{policy, limit}]; a policy that is not in it is unlimited.
    limits       jsonb       NOT NULL,
    -- {name, address}
    default_from jsonb,
    -- Raised by each change; views of the topic ignore what is older than what they have.
    version      bigint      NOT NULL,
    created_at   timestamptz NOT NULL,
    updated_at   timestamptz NOT NULL,
    CONSTRAINT api_key_name UNIQUE (tenant, name)
);

-- Changes that are committed and not yet known to be on their topic.
CREATE TABLE intake.outbox (
    seq        bigserial PRIMARY KEY,
    topic      text   NOT NULL,
    key        text   NOT NULL,
    -- NULL is a tombstone.
    value      bytea,
    version    bigint NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
);
