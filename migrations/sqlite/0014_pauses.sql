-- Who said last that the pool is paused, when and why; the account may be gone.
ALTER TABLE pools ADD COLUMN paused_at INTEGER;
ALTER TABLE pools ADD COLUMN paused_by TEXT;
ALTER TABLE pools ADD COLUMN pause_reason TEXT;
