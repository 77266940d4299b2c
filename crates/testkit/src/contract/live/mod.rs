//! Promises of `ports::live`.
