-- Accepted while another generation of the user was under way: it waits for its turn, and nobody works on it.
ALTER TABLE generations ADD COLUMN held BOOLEAN NOT NULL DEFAULT false;

CREATE INDEX generations_held ON generations (user_id, created_at, id) WHERE held AND status = 'queued';
