-- What operators said last of keys; no row, nothing was said. A later change has a greater number.
CREATE TABLE switched_keys (
    provider   TEXT        NOT NULL,
    key_id     TEXT        NOT NULL,
    is_out     BOOLEAN     NOT NULL,
    out_until  TIMESTAMPTZ,
    change     BIGINT      NOT NULL,
    changed_at TIMESTAMPTZ NOT NULL,
    PRIMARY KEY (provider, key_id)
);
