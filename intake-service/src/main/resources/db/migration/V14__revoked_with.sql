-- Waits for no lock for long: who comes behind it would wait as well.
SET LOCAL lock_timeout = '10s';

-- Who rotated a key that is not its own learned a secret of it, and may have done with it what it could.
CREATE TABLE intake.api_key_rotation (
    api_key    text NOT NULL,
    rotated_by text NOT NULL,
    PRIMARY KEY (api_key, rotated_by)
);

CREATE INDEX api_key_rotation_by ON intake.api_key_rotation (rotated_by);

-- Which key goes when another is revoked with what it made: those that it made, and those whose secret it learned.
CREATE VIEW intake.api_key_revocation AS
SELECT id, revoked_with FROM intake.api_key WHERE revoked_with IS NOT NULL
UNION ALL
SELECT api_key, rotated_by FROM intake.api_key_rotation;

-- What is revoked with this key is revoked from now on with what this one was: its maker, and who learned its secret.
CREATE FUNCTION intake.hand_down(gone text, maker text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO intake.api_key_rotation (api_key, rotated_by)
    SELECT child.id, parent.rotated_by
    FROM intake.api_key_rotation parent, intake.api_key_revocation child
    WHERE parent.api_key = gone AND child.revoked_with = gone AND child.id NOT IN (parent.rotated_by, gone)
    UNION
    SELECT child.api_key, maker
    FROM intake.api_key_rotation child
    WHERE child.rotated_by = gone AND child.api_key <> maker
    ON CONFLICT DO NOTHING;
    UPDATE intake.api_key SET revoked_with = maker WHERE revoked_with = gone;
    DELETE FROM intake.api_key_rotation WHERE gone IN (api_key, rotated_by);
END $$;

-- By triggers, so that what a process of the version before makes, rotates and deletes counts too.
CREATE FUNCTION intake.api_key_gone() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM intake.hand_down(OLD.id, OLD.revoked_with);
    RETURN NULL;
END $$;

CREATE TRIGGER hand_down AFTER DELETE ON intake.api_key
    FOR EACH ROW EXECUTE FUNCTION intake.api_key_gone();

CREATE FUNCTION intake.api_key_answers_to() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.action = 'api_key.created' THEN
        UPDATE intake.api_key SET created_by = NEW.actor, revoked_with = NEW.actor
        WHERE id = NEW.subject_id AND created_by IS NULL;
    ELSE
        INSERT INTO intake.api_key_rotation (api_key, rotated_by) VALUES (NEW.subject_id, NEW.actor)
        ON CONFLICT DO NOTHING;
    END IF;
    RETURN NULL;
END $$;

CREATE TRIGGER api_key_answers_to AFTER INSERT ON intake.admin_log
    FOR EACH ROW WHEN (NEW.action IN ('api_key.created', 'api_key.rotated') AND NEW.actor NOT IN ('start', NEW.subject_id))
    EXECUTE FUNCTION intake.api_key_answers_to();

-- Rotations and deletions of before: the log still knows them, as far back as it goes.
INSERT INTO intake.api_key_rotation (api_key, rotated_by)
SELECT DISTINCT subject_id, actor
FROM intake.admin_log
WHERE action = 'api_key.rotated' AND actor NOT IN ('start', subject_id);

-- What was made last comes first, so that a key which is handed to a maker that is gone as well goes on to that one's maker.
DO $$
DECLARE
    deleted record;
BEGIN
    FOR deleted IN
        SELECT DISTINCT gone.subject_id AS id, made.actor AS maker, made.id AS age
        FROM intake.admin_log gone
        LEFT JOIN intake.admin_log made
               ON made.subject_id = gone.subject_id AND made.action = 'api_key.created' AND made.actor <> 'start'
        WHERE gone.action IN ('api_key.deleted', 'api_key.expired')
        ORDER BY age DESC NULLS LAST
    LOOP
        PERFORM intake.hand_down(deleted.id, deleted.maker);
    END LOOP;
END $$;
