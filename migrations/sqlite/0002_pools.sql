-- What operators want of the workers of a provider; no row, no wish.
CREATE TABLE pools (
    provider    TEXT    NOT NULL PRIMARY KEY,
    paused      INTEGER NOT NULL CHECK (paused IN (0, 1)),
    concurrency INTEGER,
    changed_at  INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
