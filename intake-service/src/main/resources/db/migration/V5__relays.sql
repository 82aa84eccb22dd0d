ALTER TABLE intake.tenant
    -- {name, address}
    ADD COLUMN default_from jsonb,
    -- Since when its accepted mail waits; NULL while it is sent.
    ADD COLUMN held_since   timestamptz,
    -- When its last hold ended.
    ADD COLUMN released_at  timestamptz;

-- Stands for all tenants: who holds it holds everything, and its relays serve who has none.
INSERT INTO intake.tenant (id, name, version) VALUES ('*', '*', nextval('intake.tenant_version'));

CREATE TABLE intake.relay (
    id         text PRIMARY KEY,
    tenant     text        NOT NULL REFERENCES intake.tenant (id),
    name       text        NOT NULL,
    -- As on config.relays.v1, its password sealed.
    state      jsonb       NOT NULL,
    created_at timestamptz NOT NULL,
    updated_at timestamptz NOT NULL,
    CONSTRAINT relay_name UNIQUE (tenant, name)
);

CREATE INDEX relay_age ON intake.relay (created_at, id);
