-- Accepted while another generation of the user was under way: it waits for its turn, and nobody works on it.
ALTER TABLE generations ADD COLUMN held INTEGER NOT NULL DEFAULT 0;

CREATE INDEX generations_held ON generations (user_id, created_at, id) WHERE held = 1 AND status = 'queued';
