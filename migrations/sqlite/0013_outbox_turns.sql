-- Messages that cannot be published let others pass.
CREATE INDEX outbox_turns ON outbox (claimed_until, position);
