//! accounting-worker
