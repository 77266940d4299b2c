-- How many requests each key of the pool may make in any minute; absent for what is configured.
ALTER TABLE pools ADD COLUMN requests_per_minute INTEGER CHECK (requests_per_minute > 0);
