//! Promises of `ports::queue`.
