//! Promises of `ports::store`.
