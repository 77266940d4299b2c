-- What operators said last of keys; no row, nothing was said. A later change has a greater number.
CREATE TABLE switched_keys (
    provider   TEXT    NOT NULL,
    key_id     TEXT    NOT NULL,
    is_out     INTEGER NOT NULL CHECK (is_out IN (0, 1)),
    out_until  INTEGER,
    change     INTEGER NOT NULL,
    changed_at INTEGER NOT NULL,
    PRIMARY KEY (provider, key_id)
) STRICT, WITHOUT ROWID;
