//! The path of one delivery: from a job to an ended attempt that was reported.

mod call;
mod desk;
mod ending;
mod fallback;
mod hand_back;
mod lending;
mod length;
mod log_end;
mod overload;
mod parking;
mod poison;
mod received;
mod replay;
mod restart;
mod session;
mod shortage;
mod spending;
mod trouble;
mod waiting;
mod weighing;
mod words;

use std::time::Duration;

use ::ports::{
    live::{LiveError, OpenRequest, Opened, Opening, Takeover},
    queue::{Delivery, Envelope, MAX_DELIVERIES},
};
use domain::{id::WishId, job::Job};
use futures_util::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use instruments::trace::{self, TraceContext};
use tokio::time::{Instant, sleep};
use tracing::Instrument;

pub(crate) use self::hand_back::inherited_headers;
use self::session::Session;
use crate::{
    cancels::Route,
    lane::{Lane, LaneRef},
    patience::persist,
    reports::Reporter,
};

/// The shortest wait for a log that somebody else holds.
const SHORTEST_POSTPONEMENT: Duration = Duration::from_secs(1);

/// How long the former worker of a redelivered job has to say that it goes on. When the broker cuts a
/// connection both learn of it at the same time; a worker that died says nothing.
const LAST_WORD: Duration = Duration::from_millis(12);

/// How a delivery ends.
#[derive(Debug, Clone, PartialEq, Eq)]
enum End {
    /// All that was to be done is done and published.
    Ack,
    /// Somebody else has to go on.
    Release,
    /// Nobody can do it.
    DeadLetter(String),
}

/// Ends when the queue has taken the delivery away.
type Lost = Shared<BoxFuture<'static, ()>>;

/// Works on `delivery` until it has ended.
pub(crate) async fn work(lane: &LaneRef, delivery: Delivery) {
    let (began, lost) = (Instant::now(), delivery.lost().shared());
    failpoint::pass("worker.on_delivery").await;
    let envelope = &delivery.envelope;
    let end = match poison::read(&envelope.body) {
        Ok(job) => {
            let context = envelope.headers.get(trace::HEADER);
            let context = context.and_then(|header| TraceContext::read(header));
            let id = context.as_ref().map(TraceContext::trace_id);
            let (generation, attempt) = (job.generation_id, job.attempt);
            let span = tracing::info_span!("job", %generation, attempt, trace = id);
            if let Some(context) = &context {
                trace::follow(&span, context);
            }
            let route = lane.routes.add(job.generation_id);
            let (model, lanes) = (&*job.model, lane.beside());
            let (job, route, lost) = (&job, &route, &lost);
            let is_last = delivery.is_last;
            let task = Task { lanes, lane, model, job, envelope, is_last, route, lost, began };
            // Boxed: what waits for its turn is small, only what runs is large.
            Box::pin(task.perform(hand_back::is_known(&delivery))).instrument(span).await
        }
        Err(poison) => Box::pin(poison::bury(lane, envelope, &poison)).await,
    };
    let end = hand_back::or_publish_anew(lane, &delivery, end).await;
    finish(delivery, end).await;
}

async fn finish(delivery: Delivery, end: End) {
    failpoint::pass("worker.before_ack").await;
    let generation = delivery.envelope.correlation_id;
    let ended = match end {
        End::Ack => delivery.ack().await,
        End::Release => delivery.release().await,
        End::DeadLetter(why) => {
            tracing::warn!(%generation, why, "a job joins the dead letters");
            delivery.dead_letter(&why).await
        }
    };
    if let Err(error) = ended {
        // The job is handed over again; whoever gets it finds in the log how far this one came.
        tracing::warn!(%error, %generation, "the queue did not hear how a delivery ended");
    }
}

/// One job in the hands of this worker.
#[derive(Clone, Copy)]
struct Task<'a> {
    /// All lanes of this worker.
    lanes: &'a [Lane],
    /// That of the provider who is asked.
    lane: &'a Lane,
    /// Which model is asked.
    model: &'a str,
    job: &'a Job,
    envelope: &'a Envelope,
    /// Nobody else gets the job if it comes back once more.
    is_last: bool,
    route: &'a Route,
    lost: &'a Lost,
    /// When the delivery came.
    began: Instant,
}

impl<'a> Task<'a> {
    fn reporter(&self) -> Reporter<'a> {
        Reporter { lane: self.lane, source: self.envelope }
    }

    async fn perform(self, redelivered: bool) -> End {
        let opened = match self.lane.unless_handed_back(self.begin(redelivered)).await {
            Some(Ok(opened)) => opened,
            Some(Err(error)) => {
                tracing::error!(%error, "cannot open the log");
                return self.put_off(self.job.attempt, redelivered).await;
            }
            None => return End::Release,
        };
        match opened {
            Opened::Writing(opening) if self.kills(&opening) => {
                Box::pin(Session::new(self, opening).lose_no_more()).await
            }
            Opened::Writing(opening) => Session::new(self, opening).begin().await,
            Opened::Canceled(opening) => Box::pin(Session::new(self, opening).cancel()).await,
            Opened::Sealed(log) => Box::pin(self.republish_sealed(log)).await,
            Opened::Parked(log) => Box::pin(self.republish_parked(log)).await,
            Opened::HeldBy { worker, lease, .. } => Box::pin(self.postpone(&worker, lease)).await,
        }
    }

    /// Whether every worker that began this job was lost, so that the next one might be, and nobody would be left to
    /// tell of it. A job that came back before it was begun, since something else was away, kills nobody.
    fn kills(&self, opening: &Opening) -> bool {
        let lost = opening.writer.attempt.saturating_sub(self.job.attempt);
        self.is_last && lost.saturating_add(1) >= MAX_DELIVERIES
    }

    /// Opens the log; at once if the job's former worker is gone.
    async fn begin(&self, redelivered: bool) -> Result<Opened, LiveError> {
        let Job { attempt, last_seq, .. } = *self.job;
        match self.open(attempt, last_seq, redelivered, Takeover::No).await? {
            Opened::HeldBy { gone: Some(fence), .. } if redelivered && !self.is_lost() => {
                sleep(LAST_WORD).await;
                self.open(attempt, last_seq, redelivered, Takeover::Gone { fence }).await
            }
            opened => Ok(opened),
        }
    }

    /// Whether the queue has taken this delivery away, too: then it gives no right to take anything over.
    fn is_lost(&self) -> bool {
        self.lost.clone().now_or_never().is_some()
    }

    /// Opens the log, which is known to have held entries up to `last_seq`.
    async fn open(
        &self,
        attempt: u32,
        last_seq: u64,
        redelivered: bool,
        takeover: Takeover,
    ) -> Result<Opened, LiveError> {
        let request = OpenRequest {
            generation: self.job.generation_id,
            attempt,
            last_seq,
            worker: self.lane.worker.clone(),
            message: self.envelope.message_id,
            wish: WishId::generate(self.lane.now()),
            redelivered,
            takeover,
            max_bytes: self.lane.limits.max_log_bytes(),
        };
        let log = &self.lane.ports.log_writer;
        persist(self.lane.limits.patience, "open", || log.open(&request)).await
    }

    /// Somebody else writes. If they die, this copy of the job goes on, and if not, it finds the log
    /// sealed.
    async fn postpone(self, worker: &str, lease: Duration) -> End {
        tracing::info!(worker, ?lease, "somebody else is on it; looking again later");
        let delay = lease.max(SHORTEST_POSTPONEMENT);
        // There is a log: if there is none when this comes again, it was lost.
        let Job { attempt, retries, last_seq, .. } = *self.job;
        let job = self.job.next(attempt, retries, last_seq.max(1));
        self.published(self.reporter().next_job(&job, delay)).await
    }

    /// The live side does not answer, and this job is not to blame: it comes again later. Handed back, it would
    /// come at once, and after an hour without a live side be taken for one that kills its workers. If the queue
    /// has taken it away, another has it already.
    ///
    /// A log that `has_begun` may be gone when the job comes again, which then has to tell that there was one, and which
    /// `attempt` would have come next.
    async fn put_off(self, attempt: u32, has_begun: bool) -> End {
        if self.is_lost() {
            return End::Release;
        }
        let delay = self.lane.ladder.at_least(Duration::ZERO);
        let last_seq = self.job.last_seq.max(u64::from(has_begun));
        let job = self.job.next(attempt, self.job.retries, last_seq);
        self.published(self.reporter().next_job(&job, delay)).await
    }

    /// Ends the delivery: done if `publish` succeeds, handed on if it does not.
    async fn published(
        &self,
        publish: impl Future<Output = Result<(), ::ports::queue::QueueError>>,
    ) -> End {
        match self.lane.unless_handed_back(publish).await {
            Some(Ok(())) => End::Ack,
            Some(Err(error)) => {
                tracing::error!(%error, "cannot publish");
                End::Release
            }
            None => End::Release,
        }
    }
}
