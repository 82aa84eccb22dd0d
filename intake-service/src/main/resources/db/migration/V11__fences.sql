-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

ALTER TABLE intake.tenant
    -- Who mail of its keys may come from; none for all.
    ADD COLUMN allowed_sender_domains jsonb NOT NULL DEFAULT '[]';

ALTER TABLE intake.api_key
    -- The key that made it; NULL where the service did, or where nobody noted it. Never changes.
    ADD COLUMN created_by   text,
    -- The key whose revocation takes this one along: its maker, or when that is gone, the maker's.
    ADD COLUMN revoked_with text;

CREATE INDEX api_key_revoked_with ON intake.api_key (revoked_with);

-- Keys that were made before this: the log still knows by whom, as far back as it goes.
UPDATE intake.api_key k
SET created_by = l.actor, revoked_with = l.actor
FROM intake.admin_log l
WHERE l.subject_id = k.id AND l.action = 'api_key.created' AND l.actor <> 'start';
