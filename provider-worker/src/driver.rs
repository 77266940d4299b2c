//! The loop: deliveries and permits. It knows nothing of language models.

use std::{panic::AssertUnwindSafe, time::Duration};

use ::ports::queue::{Deliveries, Delivery, QueueError, Topic};
use futures_util::FutureExt;
use tokio::{sync::watch, task::JoinSet, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    attempt,
    intake::Intake,
    lane::{Lane, LaneRef},
    plan::{self, Plan},
    probing,
};

/// The pause before subscribing or registering again.
const PAUSE: Duration = Duration::from_secs(1);

/// Waits until all `tasks` have ended.
pub(crate) async fn drain(tasks: &mut JoinSet<()>) {
    while tasks.join_next().await.is_some() {}
}

/// Serves one provider's queue until `stop`, and then until what is under way has ended.
pub(crate) async fn serve(lane: LaneRef, stop: CancellationToken) {
    let mut attempts = JoinSet::new();
    let wish = stop.run_until_cancelled(plan::learn(&lane)).await.unwrap_or_default();
    stop.run_until_cancelled(register(&lane)).await;
    instruments::slots(lane.name.as_str(), lane.concurrency);
    // What is under way is told until it has ended.
    tokio::select! {
        () = plan::keep(&lane, wish) => {}
        () = keep_registered(&lane) => {}
        () = probing::probe_all(&lane) => {}
        () = async {
            take_all(&lane, &mut attempts, &stop).await;
            drain(&mut attempts).await;
        } => {}
    }
}

/// Works on what the queue has, as the plan wants it, until `stop`.
async fn take_all(lane: &LaneRef, attempts: &mut JoinSet<()>, stop: &CancellationToken) {
    let mut plans = lane.plans.follow();
    while !stop.is_cancelled() {
        let plan = *plans.borrow_and_update();
        if plan.paused {
            tokio::select! {
                () = stop.cancelled() => return,
                _ = plans.changed() => {}
                Some(_) = attempts.join_next() => {}
            }
        } else {
            take(lane, plan.slots, &mut plans, attempts, stop).await;
        }
    }
}

/// Tells the pool of keys which there are, and which limit operators wish, whenever either changes or the pool
/// has other keys, for ever. Nobody else does, so that the last word is the newest.
async fn keep_registered(lane: &Lane) {
    let mut wished = lane.plans.per_minute();
    loop {
        tokio::select! {
            _ = wished.changed() => {}
            () = lane.has_new_keys.notified() => {}
            () = lane.registering.needed() => {
                tracing::warn!(provider = %lane.name, "the pool has other keys than this worker");
            }
        }
        register(lane).await;
        let per_minute = *wished.borrow();
        tracing::info!(provider = %lane.name, per_minute, "the pool knows the new keys and limits");
    }
}

/// Tells the pool which keys there are, as they are when it listens.
async fn register(lane: &Lane) {
    loop {
        let per_minute = *lane.plans.per_minute().borrow();
        let specs = lane.keyring().specs(per_minute);
        match lane.ports.keys.register(&lane.name, &specs).await {
            Ok(()) => return lane.registering.told(),
            Err(error) => tracing::warn!(%error, provider = %lane.name, "cannot register keys"),
        }
        sleep(PAUSE).await;
    }
}

async fn subscribe(lane: &Lane, room: u16) -> Result<Deliveries, QueueError> {
    let topic = Topic::Requests(lane.name.clone());
    lane.ports.queue.consume(&topic, room).await
}

/// Works on deliveries as they come, with so many `slots`, until a subscription ends, the plan changes, or
/// the service stops.
async fn take(
    lane: &LaneRef,
    slots: u16,
    plans: &mut watch::Receiver<Plan>,
    attempts: &mut JoinSet<()>,
    stop: &CancellationToken,
) {
    let mut intake = Intake::new(slots);
    loop {
        if let Some(room) = intake.room(attempts.len()) {
            // Not given up for anything else: a subscription that nobody knows of would keep jobs.
            match stop.run_until_cancelled(subscribe(lane, room)).await {
                Some(Ok(deliveries)) => intake.add(room, deliveries),
                Some(Err(error)) => {
                    tracing::warn!(%error, provider = %lane.name, "cannot subscribe");
                    break;
                }
                None => return,
            }
        }
        let delivery = tokio::select! {
            biased;
            () = stop.cancelled() => return,
            _ = plans.changed() => return,
            Some(_) = attempts.join_next() => continue,
            delivery = intake.next(), if attempts.len() < usize::from(slots) => delivery,
        };
        match delivery {
            Some(Ok(delivery)) => {
                let (lane, place) = (lane.clone(), intake.place());
                attempts.spawn(async move {
                    let _busy = lane.plans.begin(lane.name.as_str());
                    survive(&lane, delivery).await;
                    drop(place);
                });
            }
            Some(Err(error)) => {
                tracing::warn!(%error, provider = %lane.name, "the subscription broke");
                break;
            }
            None => break,
        }
    }
    stop.run_until_cancelled(sleep(PAUSE)).await;
}

/// Works on `delivery`. A panic ends this job's work only: its delivery is dropped with it, so the
/// queue hands it over again, and counts.
async fn survive(lane: &LaneRef, delivery: Delivery) {
    let generation = delivery.envelope.correlation_id;
    let work = AssertUnwindSafe(attempt::work(lane, delivery));
    if work.catch_unwind().await.is_err() {
        tracing::error!(%generation, provider = %lane.name, "work on a job panicked");
    }
}
