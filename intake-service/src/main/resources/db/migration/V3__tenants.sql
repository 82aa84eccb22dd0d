ALTER TABLE intake.tenant
    ADD COLUMN name       text,
    ADD COLUMN enabled    boolean     NOT NULL DEFAULT true,
    -- [{policy, limit}]; a policy that is not in it is unlimited.
    ADD COLUMN limits     jsonb       NOT NULL DEFAULT '[]',
    ADD COLUMN version    bigint      NOT NULL DEFAULT 1,
    ADD COLUMN updated_at timestamptz NOT NULL DEFAULT now();

UPDATE intake.tenant SET name = id;

ALTER TABLE intake.tenant
    ALTER COLUMN name SET NOT NULL,
    ADD CONSTRAINT tenant_name UNIQUE (name);

-- One for all tenants: one that is made anew under an id of before outranks its tombstone.
CREATE SEQUENCE intake.tenant_version START 2;
