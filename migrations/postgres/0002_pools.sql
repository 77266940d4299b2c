-- What operators want of the workers of a provider; no row, no wish.
CREATE TABLE pools (
    provider    TEXT        NOT NULL PRIMARY KEY,
    paused      BOOLEAN     NOT NULL,
    concurrency BIGINT,
    changed_at  TIMESTAMPTZ NOT NULL
);
