//! Publishes what was written into the outbox: at once what this process wrote, and soon whatever
//! anybody left behind.
//!
//! A row is marked only after the broker has taken it, so one may be published twice and none is
//! lost. A row that could not be published is left alone until its claim has lapsed, and one of a queue that is not there
//! for longer.
//!
//! A queue in this process dies with it. What it loses of jobs and reports, the rescuer makes good; entries of the
//! books nobody could, so their rows stay until they are booked.

mod missing;
mod outage;
mod watch;

use std::time::Duration;

use domain::id::OutboxId;
use futures_util::{
    FutureExt, StreamExt,
    future::{join, join5},
    stream::FuturesUnordered,
};
use ports::{
    queue::{Envelope, QueueError, Safe, Topic},
    store::OutboxRow,
};
use tokio::{
    sync::mpsc,
    time::{Instant, sleep, timeout, timeout_at},
};
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{app::App, error::chain};
use missing::{Missed, MissingQueues};
use outage::Outage;
use watch::Watched;

/// How many publishes may be under way at once.
const AT_ONCE: usize = 256;
/// A broker with an alarm never answers; what became of the publish is unknown then.
const PUBLISH_TIME: Duration = Duration::from_secs(10);
/// How many rows are claimed or marked in one transaction.
const BATCH: u32 = 200;
/// How long marks are collected. Rows are claimed for much longer.
const COLLECT: Duration = Duration::from_millis(100);
/// How long entries of the books wait, for which nobody does: a question's own job does not have to
/// share the broker with them.
const UNHURRIED: Duration = Duration::from_millis(50);
/// How many entries of the books may wait so; of more the surplus does not.
const RESTING: usize = 4096;
/// How long the last publishes may take after the stop.
const LAST: Duration = Duration::from_secs(5);

/// Publishes until `stop`, and then what was handed over before.
pub(crate) async fn run(app: App, inbox: mpsc::Receiver<OutboxRow>, stop: CancellationToken) {
    let (sent, sent_ids) = mpsc::unbounded_channel();
    let (watch, watched) = mpsc::unbounded_channel();
    let (missed, missed_rows) = mpsc::unbounded_channel();
    let (outage, missing) = (Outage::default(), MissingQueues::default());
    let publisher = Publisher { app: &app, sent: sent.clone(), watch, missed, outage, missing };
    join5(
        publisher.run(inbox, &stop),
        claim(&app, &stop),
        watch::watch(watched, sent),
        mark(&app, sent_ids, &stop),
        missing::put_off(&app, missed_rows),
    )
    .await;
}

struct Publisher<'a> {
    app: &'a App,
    sent: mpsc::UnboundedSender<OutboxId>,
    watch: mpsc::UnboundedSender<Watched>,
    missed: mpsc::UnboundedSender<Missed>,
    outage: Outage,
    missing: MissingQueues,
}

impl Publisher<'_> {
    async fn run(self, inbox: mpsc::Receiver<OutboxRow>, stop: &CancellationToken) {
        publish_all(inbox, stop, |row| self.publish(row)).await;
    }

    async fn publish(&self, OutboxRow { id, topic, envelope }: OutboxRow) {
        failpoint::pass("relay.before_publish").await;
        let taken = timeout(PUBLISH_TIME, self.hand_in(&topic, envelope)).await;
        self.app.handover.let_go(id);
        instruments::published(matches!(taken, Ok(Ok(_))));
        match taken {
            Ok(Ok(safe)) => {
                self.note_success(&topic);
                failpoint::pass("relay.after_confirm").await;
                self.note(id, safe);
            }
            Ok(Err(error @ QueueError::NoSuchQueue(_))) => self.note_missing(id, &topic, &error),
            Ok(Err(error)) => self.note_failure(id, &topic, &chain(&error)),
            Err(_) => self.note_failure(id, &topic, "no answer in time"),
        }
    }

    fn note_success(&self, topic: &Topic) {
        let at = Instant::now();
        self.app.health.set_publishing(true, at);
        self.missing.find(topic);
        if self.outage.note(true, at) {
            tracing::info!("publishing works again");
        }
    }

    fn note_failure(&self, id: OutboxId, topic: &Topic, error: &str) {
        let at = Instant::now();
        self.app.health.set_publishing(false, at);
        if self.outage.note(false, at) {
            tracing::warn!(%topic, error, "publishing fails; rows are kept and tried again");
        }
        tracing::debug!(outbox_id = %id, %topic, error, "a row is not published yet");
        self.app.handover.done(&[id]);
    }

    /// It tells nothing of the others.
    fn note_missing(&self, id: OutboxId, topic: &Topic, error: &QueueError) {
        let error = chain(error);
        let verdict = self.missing.miss(topic, Instant::now());
        if verdict.is_news {
            tracing::warn!(%topic, error, "a queue is missing; what is to go there is kept");
        }
        tracing::debug!(outbox_id = %id, %topic, error, "a row is put off");
        // Whoever puts off lives as long as this sender.
        let _ = self.missed.send((id, verdict.rest));
    }

    /// Publishes; what comes back waits until the queue loses it no more, if anybody minds.
    async fn hand_in(&self, topic: &Topic, envelope: Envelope) -> Result<Option<Safe>, QueueError> {
        let queue = &self.app.ports.queue;
        if is_for_the_books(topic) {
            queue.publish_watched(topic, envelope).await.map(Some)
        } else {
            queue.publish(topic, envelope, None).await.map(|()| None)
        }
    }

    fn note(&self, id: OutboxId, mut safe: Option<Safe>) {
        // Whoever watches and marks lives as long as these senders.
        match safe.take_if(|safe| safe.now_or_never().is_none()) {
            Some(safe) => {
                let _ = self.watch.send((id, safe));
            }
            None => {
                let _ = self.sent.send(id);
            }
        }
    }
}

/// Publishes what comes until `stop`, and then what came before: entries of the books a little later, and beside the
/// others meanwhile.
async fn publish_all<F: Future<Output = ()>>(
    mut inbox: mpsc::Receiver<OutboxRow>,
    stop: &CancellationToken,
    publish: impl Fn(OutboxRow) -> F,
) {
    let (mut publishing, mut resting) = (FuturesUnordered::new(), FuturesUnordered::new());
    while !stop.is_cancelled() {
        tokio::select! {
            () = stop.cancelled() => {}
            Some(row) = inbox.recv(), if publishing.len() < AT_ONCE => {
                if is_for_the_books(&row.topic) && resting.len() < RESTING {
                    resting.push(rested(row));
                } else {
                    publishing.push(publish(row));
                }
            }
            Some(row) = resting.next(), if publishing.len() < AT_ONCE => {
                publishing.push(publish(row));
            }
            Some(()) = publishing.next() => {}
        }
    }
    inbox.close();
    let deadline = Instant::now() + LAST;
    while let Ok(row) = inbox.try_recv() {
        publishing.push(publish(row));
    }
    // What is not published by then is found in the store by the next relay.
    let rested = resting.map(&publish).buffer_unordered(AT_ONCE).collect::<()>();
    let _ = timeout_at(deadline, join(publishing.collect::<()>(), rested)).await;
}

/// `row`, after its rest.
async fn rested(row: OutboxRow) -> OutboxRow {
    sleep(UNHURRIED).await;
    row
}

fn is_for_the_books(topic: &Topic) -> bool {
    match topic {
        Topic::UsageEvents | Topic::AuditEvents => true,
        Topic::Requests(_) | Topic::Responses => false,
    }
}

/// Hands over what others left behind.
async fn claim(app: &App, stop: &CancellationToken) {
    let mut patience = Patience::default();
    loop {
        match stop.run_until_cancelled(claim_once(app)).await {
            None => return,
            Some(true) => patience = Patience::default(),
            Some(false) if !patience.wait(stop).await => return,
            Some(false) => {}
        }
        if stop.run_until_cancelled(sleep(app.config.relay_interval)).await.is_none() {
            return;
        }
    }
}

/// Whether store and queue do their work.
async fn claim_once(app: &App) -> bool {
    // What lapses during this pass is for the next one: with rows that cannot be published it would have no end.
    let began = app.now();
    loop {
        let until = app.now() + app.config.claim;
        let rows = match app.ports.outbox.claim(BATCH, until, began).await {
            Ok(rows) => rows,
            Err(error) => {
                tracing::warn!(error = chain(&error), "the outbox cannot be read");
                return false;
            }
        };
        let is_last = rows.is_empty();
        for row in rows {
            app.handover.claimed(row).await;
        }
        let publishes = app.health.publishes(Instant::now());
        if is_last || !publishes {
            return publishes;
        }
    }
}

/// Marks what was published, many at a time and off everybody's way, until nothing more can come.
async fn mark(app: &App, mut sent: mpsc::UnboundedReceiver<OutboxId>, stop: &CancellationToken) {
    let mut ids = Vec::new();
    let mut patience = Patience::default();
    while sent.recv_many(&mut ids, BATCH as usize).await > 0 {
        stop.run_until_cancelled(sleep(COLLECT)).await;
        while ids.len() < BATCH as usize
            && let Ok(id) = sent.try_recv()
        {
            ids.push(id);
        }
        while let Err(error) = app.ports.outbox.mark_sent(&ids).await {
            tracing::warn!(error = chain(&error), "published rows are not marked yet");
            if !patience.wait(stop).await {
                // They are published once more by the next relay.
                return;
            }
        }
        patience = Patience::default();
        app.handover.done(&ids);
        ids.clear();
    }
}

#[cfg(test)]
mod tests;
