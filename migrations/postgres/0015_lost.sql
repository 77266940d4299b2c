-- How often it was put back while an attempt was under way; `rescues` counts those, and the others.
ALTER TABLE generations ADD COLUMN lost BIGINT NOT NULL DEFAULT 0;
