-- Keys with which programs speak for users.
CREATE TABLE api_keys (
    id         TEXT NOT NULL PRIMARY KEY,
    hash       BLOB NOT NULL UNIQUE, -- SHA-256 of the key
    user_id    TEXT NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    name       TEXT NOT NULL,
    prefix     TEXT NOT NULL,
    read_only  INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER,
    used_at    INTEGER
) STRICT;

CREATE INDEX api_keys_user ON api_keys (user_id);

-- The generations of a chat in the order of their acceptance.
CREATE INDEX generations_in_chat ON generations (chat_id, created_at, id);
DROP INDEX generations_chat;

-- The audit book, page by page.
CREATE INDEX audit_logs_page ON audit_logs (at, event_id);
DROP INDEX audit_logs_at;
