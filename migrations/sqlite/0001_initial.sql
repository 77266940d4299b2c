-- Ids are UUIDs as lower-case text, times are microseconds since 1970 UTC, flags are 0 or 1.

CREATE TABLE users (
    id            TEXT    NOT NULL PRIMARY KEY,
    email         TEXT    NOT NULL UNIQUE,
    role          TEXT    NOT NULL,
    disabled      INTEGER NOT NULL,
    password_hash TEXT,
    created_at    INTEGER NOT NULL
) STRICT;

CREATE TABLE refresh_tokens (
    hash        BLOB    NOT NULL PRIMARY KEY, -- SHA-256 of the token
    family      TEXT    NOT NULL,
    user_id     TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at  INTEGER NOT NULL,
    replaced_by BLOB,                         -- the successor's hash
    replaced_at INTEGER,
    revoked_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE chats (
    id         TEXT    NOT NULL PRIMARY KEY,
    user_id    TEXT    NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT    NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT;

CREATE INDEX chats_list ON chats (user_id, updated_at, id);

CREATE TABLE messages (
    id            TEXT    NOT NULL PRIMARY KEY,
    chat_id       TEXT    NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    role          TEXT    NOT NULL,
    generation_id TEXT,                       -- the generation that wrote it, for an answer
    created_at    INTEGER NOT NULL,
    content       TEXT    NOT NULL
) STRICT;

CREATE INDEX messages_page ON messages (chat_id, created_at, id);

CREATE TABLE generations (
    id                   TEXT    NOT NULL PRIMARY KEY,
    user_id              TEXT    NOT NULL,    -- the owner of the chat
    chat_id              TEXT    NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    user_message_id      TEXT    NOT NULL,
    assistant_message_id TEXT,
    status               TEXT    NOT NULL
        CHECK (status IN ('queued', 'streaming', 'succeeded', 'failed', 'canceled')),
    attempt              INTEGER NOT NULL,
    retries              INTEGER NOT NULL,
    retry_at             INTEGER,
    cancel_requested     INTEGER NOT NULL,
    provider             TEXT    NOT NULL,
    model                TEXT    NOT NULL,
    temperature          REAL,
    max_tokens           INTEGER,
    request_id           TEXT,
    body_hash            BLOB,                -- SHA-256 of the request, where repetitions are to be known
    error_code           TEXT,
    error_message        TEXT,
    finish_reason        TEXT,
    input_tokens         INTEGER NOT NULL,
    output_tokens        INTEGER NOT NULL,
    last_seq             INTEGER NOT NULL,
    rescues              INTEGER NOT NULL,
    created_at           INTEGER NOT NULL,
    started_at           INTEGER,
    finished_at          INTEGER,
    updated_at           INTEGER NOT NULL,
    idle_since           INTEGER NOT NULL,    -- since when somebody should be working on it
    system_prompt        TEXT
) STRICT;

-- One generation for each request id of a user.
CREATE UNIQUE INDEX generations_request ON generations (user_id, request_id)
    WHERE body_hash IS NOT NULL;
CREATE INDEX generations_chat ON generations (chat_id);
-- The few that have not ended: counted for each user, put back when idle, all of them at start.
CREATE INDEX generations_in_flight ON generations (user_id, created_at, id)
    WHERE status IN ('queued', 'streaming');
CREATE INDEX generations_idle ON generations (status, idle_since)
    WHERE status IN ('queued', 'streaming');
CREATE INDEX generations_unfinished ON generations (id)
    WHERE status IN ('queued', 'streaming');

CREATE TABLE generation_attempts (
    generation_id TEXT    NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    attempt       INTEGER NOT NULL,
    provider      TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    key_id        TEXT,
    outcome       TEXT,                       -- absent while it runs, or when its worker died
    error_code    TEXT,
    input_tokens  INTEGER NOT NULL DEFAULT 0,
    output_tokens INTEGER NOT NULL DEFAULT 0,
    started_at    INTEGER NOT NULL,
    ended_at      INTEGER,
    PRIMARY KEY (generation_id, attempt)
) STRICT, WITHOUT ROWID;

-- The events of a generation in segments: one for each settled attempt or wait.
CREATE TABLE generation_events (
    segment       INTEGER NOT NULL PRIMARY KEY,
    generation_id TEXT    NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    attempt       INTEGER NOT NULL,
    first_seq     INTEGER NOT NULL,
    last_seq      INTEGER NOT NULL,
    events        TEXT    NOT NULL            -- JSON: [{"seq":1,"type":"status",…},…]
) STRICT;

CREATE INDEX generation_events_read ON generation_events (generation_id, last_seq);

-- Every event in a row of its own; one archived twice is shown once, as it was the first time.
CREATE VIEW run_events (run_id, seq, type, data) AS
SELECT run_id, seq, data ->> '$.type', data
FROM (
    SELECT
        segments.generation_id AS run_id,
        entry.value ->> '$.seq' AS seq,
        json_remove(entry.value, '$.seq') AS data,
        min(segments.segment)
    FROM generation_events AS segments, json_each(segments.events) AS entry
    GROUP BY segments.generation_id, entry.value ->> '$.seq'
);

-- Messages to be published; a published one is gone.
CREATE TABLE outbox (
    position       INTEGER NOT NULL PRIMARY KEY, -- in the order of writing
    id             TEXT    NOT NULL UNIQUE,
    generation_id  TEXT    REFERENCES generations (id) ON DELETE CASCADE, -- for a job
    claimed_until  INTEGER,
    topic          TEXT    NOT NULL,          -- JSON
    message_id     TEXT    NOT NULL,
    correlation_id TEXT    NOT NULL,
    kind           TEXT    NOT NULL,
    written_at     INTEGER NOT NULL,
    headers        TEXT    NOT NULL,          -- JSON
    body           BLOB    NOT NULL
) STRICT;

CREATE INDEX outbox_generation ON outbox (generation_id) WHERE generation_id IS NOT NULL;

-- The books refer to nothing, so that they outlive what they tell of.
CREATE TABLE usage_events (
    event_id      TEXT    NOT NULL PRIMARY KEY,
    user_id       TEXT    NOT NULL,
    generation_id TEXT    NOT NULL,
    attempt       INTEGER NOT NULL,
    provider      TEXT    NOT NULL,
    model         TEXT    NOT NULL,
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    source        TEXT    NOT NULL,
    at            INTEGER NOT NULL
) STRICT;

CREATE INDEX usage_events_user ON usage_events (user_id, at);

CREATE TABLE daily_usage (
    user_id       TEXT    NOT NULL,
    day           TEXT    NOT NULL,           -- YYYY-MM-DD, UTC
    input_tokens  INTEGER NOT NULL,
    output_tokens INTEGER NOT NULL,
    attempts      INTEGER NOT NULL,
    PRIMARY KEY (user_id, day)
) STRICT, WITHOUT ROWID;

CREATE TABLE audit_logs (
    event_id TEXT    NOT NULL PRIMARY KEY,
    actor    TEXT,                            -- absent for the system itself
    action   TEXT    NOT NULL,
    subject  TEXT    NOT NULL,
    at       INTEGER NOT NULL
) STRICT;

CREATE INDEX audit_logs_at ON audit_logs (at);
