-- Who said last that the pool is paused, when and why; the account may be gone.
ALTER TABLE pools ADD COLUMN paused_at TIMESTAMPTZ;
ALTER TABLE pools ADD COLUMN paused_by UUID;
ALTER TABLE pools ADD COLUMN pause_reason TEXT;
