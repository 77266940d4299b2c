//! Tests only: the same scenarios on every stack, with real processes. See `tests/it`.
