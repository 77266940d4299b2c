//! How many streams this process serves.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::Relaxed},
};

use instruments::Watched;

/// Counts the streams of this process.
#[derive(Debug, Clone, Default)]
pub(crate) struct Seats(Arc<AtomicUsize>);

/// One stream, counted until it is dropped.
#[derive(Debug)]
pub(crate) struct Seat {
    seats: Seats,
    _watched: Watched,
}

impl Seats {
    /// One more stream.
    pub(crate) fn take(&self) -> Seat {
        self.0.fetch_add(1, Relaxed);
        Seat { seats: self.clone(), _watched: instruments::watched() }
    }

    /// How many streams there are.
    pub(crate) fn taken(&self) -> usize {
        self.0.load(Relaxed)
    }
}

impl Drop for Seat {
    fn drop(&mut self) {
        self.seats.0.fetch_sub(1, Relaxed);
    }
}
