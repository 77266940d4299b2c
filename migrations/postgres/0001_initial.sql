-- Texts that people or models wrote may hold a NUL, which PostgreSQL cannot keep: in the database it
-- stands as U+0010 "0", and U+0010 itself as U+0010 "1"; in JSON, as their \u escapes.

CREATE TABLE users (
    id            UUID        NOT NULL PRIMARY KEY,
    email         TEXT        NOT NULL UNIQUE,
    role          TEXT        NOT NULL,
    disabled      BOOLEAN     NOT NULL,
    password_hash TEXT,
    created_at    TIMESTAMPTZ NOT NULL
);

CREATE TABLE refresh_tokens (
    hash        BYTEA       NOT NULL PRIMARY KEY, -- SHA-256 of the token
    family      UUID        NOT NULL,
    user_id     UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    expires_at  TIMESTAMPTZ NOT NULL,
    replaced_by BYTEA,                            -- the successor's hash
    replaced_at TIMESTAMPTZ,
    revoked_at  TIMESTAMPTZ
);

CREATE INDEX refresh_tokens_family ON refresh_tokens (family);
CREATE INDEX refresh_tokens_user ON refresh_tokens (user_id);
CREATE INDEX refresh_tokens_expiry ON refresh_tokens (expires_at);

CREATE TABLE chats (
    id         UUID        NOT NULL PRIMARY KEY,
    user_id    UUID        NOT NULL REFERENCES users (id) ON DELETE CASCADE,
    title      TEXT        NOT NULL,
    created_at TIMESTAMPTZ NOT NULL,
    updated_at TIMESTAMPTZ NOT NULL
);

CREATE INDEX chats_list ON chats (user_id, updated_at, id);

CREATE TABLE messages (
    id            UUID        NOT NULL PRIMARY KEY,
    chat_id       UUID        NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    role          TEXT        NOT NULL,
    generation_id UUID,                           -- the generation that wrote it, for an answer
    created_at    TIMESTAMPTZ NOT NULL,
    content       TEXT        NOT NULL
);

CREATE INDEX messages_page ON messages (chat_id, created_at, id);

CREATE TABLE generations (
    id                   UUID        NOT NULL PRIMARY KEY,
    user_id              UUID        NOT NULL,    -- the owner of the chat
    chat_id              UUID        NOT NULL REFERENCES chats (id) ON DELETE CASCADE,
    user_message_id      UUID        NOT NULL,
    assistant_message_id UUID,
    status               TEXT        NOT NULL
        CHECK (status IN ('queued', 'streaming', 'succeeded', 'failed', 'canceled')),
    attempt              BIGINT      NOT NULL,
    retries              BIGINT      NOT NULL,
    retry_at             TIMESTAMPTZ,
    cancel_requested     BOOLEAN     NOT NULL,
    provider             TEXT        NOT NULL,
    model                TEXT        NOT NULL,
    temperature          DOUBLE PRECISION,
    max_tokens           BIGINT,
    request_id           TEXT,
    body_hash            BYTEA,                   -- SHA-256 of the request, where repetitions are to be known
    error_code           TEXT,
    error_message        TEXT,
    finish_reason        TEXT,
    input_tokens         BIGINT      NOT NULL,
    output_tokens        BIGINT      NOT NULL,
    last_seq             BIGINT      NOT NULL,
    rescues              BIGINT      NOT NULL,
    created_at           TIMESTAMPTZ NOT NULL,
    started_at           TIMESTAMPTZ,
    finished_at          TIMESTAMPTZ,
    updated_at           TIMESTAMPTZ NOT NULL,
    idle_since           TIMESTAMPTZ NOT NULL,    -- since when somebody should be working on it
    system_prompt        TEXT
);

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
    generation_id UUID        NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    attempt       BIGINT      NOT NULL,
    provider      TEXT        NOT NULL,
    model         TEXT        NOT NULL,
    key_id        TEXT,
    outcome       TEXT,                           -- absent while it runs, or when its worker died
    error_code    TEXT,
    input_tokens  BIGINT      NOT NULL DEFAULT 0,
    output_tokens BIGINT      NOT NULL DEFAULT 0,
    started_at    TIMESTAMPTZ NOT NULL,
    ended_at      TIMESTAMPTZ,
    PRIMARY KEY (generation_id, attempt)
);

-- The events of a generation in segments: one for each settled attempt or wait.
CREATE TABLE generation_events (
    segment       BIGINT      NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    generation_id UUID        NOT NULL REFERENCES generations (id) ON DELETE CASCADE,
    attempt       BIGINT      NOT NULL,
    first_seq     BIGINT      NOT NULL,
    last_seq      BIGINT      NOT NULL,
    events        TEXT        NOT NULL            -- JSON: [{"seq":1,"type":"status",…},…]
);

CREATE INDEX generation_events_read ON generation_events (generation_id, last_seq);

-- Every event in a row of its own; one archived twice is shown once, as it was the first time.
CREATE VIEW run_events (run_id, seq, type, data) AS
SELECT DISTINCT ON (segments.generation_id, (entry.value ->> 'seq')::bigint)
    segments.generation_id,
    (entry.value ->> 'seq')::bigint,
    entry.value ->> 'type',
    entry.value - 'seq'
FROM generation_events AS segments, jsonb_array_elements(segments.events::jsonb) AS entry (value)
ORDER BY segments.generation_id, (entry.value ->> 'seq')::bigint, segments.segment;

-- Messages to be published; a published one is gone.
CREATE TABLE outbox (
    position       BIGINT      NOT NULL PRIMARY KEY GENERATED ALWAYS AS IDENTITY, -- in about the order of writing
    id             UUID        NOT NULL UNIQUE,
    generation_id  UUID        REFERENCES generations (id) ON DELETE CASCADE, -- for a job
    claimed_until  TIMESTAMPTZ,
    topic          TEXT        NOT NULL,          -- JSON
    message_id     UUID        NOT NULL,
    correlation_id UUID        NOT NULL,
    kind           TEXT        NOT NULL,
    written_at     TIMESTAMPTZ NOT NULL,
    headers        TEXT        NOT NULL,          -- JSON
    body           BYTEA       NOT NULL
);

CREATE INDEX outbox_generation ON outbox (generation_id) WHERE generation_id IS NOT NULL;

-- A queue in a table: rows come and go, and the dead ones must not slow the claim down.
ALTER TABLE outbox SET (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The books refer to nothing, so that they outlive what they tell of.
CREATE TABLE usage_events (
    event_id      UUID        NOT NULL PRIMARY KEY,
    user_id       UUID        NOT NULL,
    generation_id UUID        NOT NULL,
    attempt       BIGINT      NOT NULL,
    provider      TEXT        NOT NULL,
    model         TEXT        NOT NULL,
    input_tokens  BIGINT      NOT NULL,
    output_tokens BIGINT      NOT NULL,
    source        TEXT        NOT NULL,
    at            TIMESTAMPTZ NOT NULL
);

CREATE INDEX usage_events_user ON usage_events (user_id, at);

CREATE TABLE daily_usage (
    user_id       UUID        NOT NULL,
    day           DATE        NOT NULL,           -- UTC
    input_tokens  BIGINT      NOT NULL,
    output_tokens BIGINT      NOT NULL,
    attempts      BIGINT      NOT NULL,
    PRIMARY KEY (user_id, day)
);

CREATE TABLE audit_logs (
    event_id UUID        NOT NULL PRIMARY KEY,
    actor    UUID,                                -- absent for the system itself
    action   TEXT        NOT NULL,
    subject  TEXT        NOT NULL,
    at       TIMESTAMPTZ NOT NULL
);

CREATE INDEX audit_logs_at ON audit_logs (at);
