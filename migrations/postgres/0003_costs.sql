-- What tokens cost, and which of them were cached or hidden.
ALTER TABLE usage_events ADD COLUMN cached_input_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_events ADD COLUMN reasoning_tokens BIGINT NOT NULL DEFAULT 0;
ALTER TABLE usage_events ADD COLUMN cost_nano BIGINT;               -- billionths of a US dollar; null without a price
ALTER TABLE daily_usage ADD COLUMN cost_nano BIGINT NOT NULL DEFAULT 0;
CREATE INDEX usage_events_at ON usage_events (at);
