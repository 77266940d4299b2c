//! What goes on beside everything an attempt waits for: its events are written, its beginning is
//! told, and wishes to stop are heard; and if the queue takes its job away, that it goes on is said.

use std::{
    future::pending,
    pin::{Pin, pin},
    sync::Arc,
};

use ::ports::live::Writer;
use futures_util::{FutureExt, StreamExt, future::BoxFuture, stream::FuturesUnordered};
use tokio_util::sync::WaitForCancellationFutureOwned;

use super::Task;
use crate::{
    flush::{Journal, Stop},
    patience::persist,
};

/// What goes on beside everything an attempt waits for.
pub(super) struct Desk {
    pub(super) journal: Journal,
    /// The news that the attempt began, on its way.
    started: Option<BoxFuture<'static, ()>>,
    /// The news of what was spent, on its way.
    spent: FuturesUnordered<BoxFuture<'static, ()>>,
    /// What else is to be said.
    pub(super) news: News,
    canceled: Pin<Box<WaitForCancellationFutureOwned>>,
    handed_back: Pin<Box<WaitForCancellationFutureOwned>>,
}

/// What there is to be said while an attempt goes on: that it does when the queue has taken its job away,
/// and that others need not wait for it. Polled only when there is something to do.
pub(super) struct News(FuturesUnordered<BoxFuture<'static, ()>>);

impl News {
    /// Waits for `work`, and says it meanwhile.
    pub(super) async fn beside<T>(&mut self, work: impl Future<Output = T>) -> T {
        let mut work = pin!(work);
        loop {
            tokio::select! {
                biased;
                answer = &mut work => return answer,
                Some(()) = self.0.next() => {}
            }
        }
    }
}

impl Desk {
    pub(super) fn new(task: &Task<'_>, journal: Journal) -> Self {
        Self {
            news: News(FuturesUnordered::from_iter(
                [go_on(task, journal.writer().clone()).boxed()],
            )),
            journal,
            started: None,
            spent: FuturesUnordered::new(),
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

    /// Sends the news of what was spent, beside whatever comes next.
    pub(super) fn tell_spent(&mut self, news: impl Future<Output = ()> + Send + 'static) {
        self.spent.push(news.boxed());
    }

    /// Goes on to send what `former`, which did the same before, has not sent yet.
    pub(super) fn inherit_spent(&mut self, former: &mut Self) {
        self.spent = std::mem::take(&mut former.spent);
    }

    /// Waits until all of that is told.
    pub(super) async fn told_spent(&mut self) {
        while let Some(()) = self.spent.next().await {}
    }

    /// Sends the news that others need not wait for this answer, beside whatever comes next. Nobody waits
    /// until it has arrived: the end of the call says as much.
    pub(super) fn tell_answering(&self, news: impl Future<Output = ()> + Send + 'static) {
        self.news.0.push(news.boxed());
    }

    /// Writes all there is, and sees to everything else meanwhile.
    pub(super) async fn flush(&mut self) -> Result<(), Stop> {
        loop {
            tokio::select! {
                biased;
                () = &mut self.canceled => return Err(Stop::Canceled),
                () = &mut self.handed_back => return Err(Stop::HandBack),
                written = self.journal.flush() => return written,
                () = done(&mut self.started) => self.started = None,
                Some(()) = self.spent.next() => {}
                Some(()) = self.news.0.next() => {}
            }
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
                Some(()) = self.spent.next() => {}
                Some(()) = self.news.0.next() => {}
            }
        }
    }
}

/// Waits until the queue takes the job of `task` away, and then has nobody take `writer` for gone.
fn go_on(task: &Task<'_>, writer: Writer) -> impl Future<Output = ()> + Send + use<> {
    let lost = task.lost.clone();
    let (log, patience) = (Arc::clone(&task.lane.ports.log_writer), task.lane.limits.patience);
    async move {
        lost.await;
        if let Err(error) = persist(patience, "go on", || log.go_on(&writer)).await {
            tracing::warn!(%error, "another worker may begin this answer anew");
        }
    }
}

/// Waits for what is in `slot`; for ever if nothing is.
async fn done(slot: &mut Option<BoxFuture<'static, ()>>) {
    match slot {
        Some(work) => work.as_mut().await,
        None => pending().await,
    }
}
