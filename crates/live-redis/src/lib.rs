//! Event logs, keys and limits on Redis.
