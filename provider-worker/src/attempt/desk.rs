//! What goes on beside everything an attempt waits for: its events are written, its beginning is
//! told, and wishes to stop are heard.

use std::pin::{Pin, pin};

use futures_util::future::BoxFuture;
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::Task;
use crate::flush::{Journal, Stop};

/// What goes on beside everything an attempt waits for.
pub(super) struct Desk {
    pub(super) journal: Journal,
    /// The news that the attempt began, on its way.
    started: Option<BoxFuture<'static, ()>>,
    canceled: Pin<Box<WaitForCancellationFutureOwned>>,
    handed_back: Pin<Box<WaitForCancellationFutureOwned>>,
}

impl Desk {
    pub(super) fn new(task: &Task<'_>, journal: Journal) -> Self {
        Self {
            journal,
            started: None,
            canceled: Box::pin(task.route.token().clone().cancelled_owned()),
            handed_back: Box::pin(task.lane.hand_back.clone().cancelled_owned()),
        }
    }

    /// Sends the news that the attempt began, beside whatever comes next.
    pub(super) fn tell_started(&mut self, news: impl Future<Output = ()> + Send + 'static) {
        self.started = Some(Box::pin(news));
    }

    /// Waits until that is told, since the end of the attempt must not overtake it for nothing.
    pub(super) async fn told_started(&mut self) {
        if let Some(started) = self.started.take() {
            started.await;
        }
    }

    /// Waits for `work`, and sees to everything else meanwhile.
    pub(super) async fn during<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stop> {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                () = &mut self.canceled => return Err(Stop::Canceled),
                () = &mut self.handed_back => return Err(Stop::HandBack),
                stop = self.journal.keep() => return Err(stop),
                answer = &mut work => return Ok(answer),
                () = done(&mut self.started) => self.started = None,
            }
        }
    }
}

/// Waits for what is in `slot`; for ever if nothing is.
async fn done(slot: &mut Option<BoxFuture<'static, ()>>) {
    match slot {
        Some(work) => work.as_mut().await,
        None => std::future::pending().await,
    }
}
