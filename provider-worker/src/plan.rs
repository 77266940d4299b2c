//! What a lane does by the wish of its operators: how many jobs at once, or none, and how often its keys
//! may be used.

use std::{
    sync::atomic::{AtomicU32, Ordering::Relaxed},
    time::Duration,
};

use domain::pool::{PoolWish, WorkerStatus, WorkerWish};
use tokio::{
    sync::watch,
    time::{MissedTickBehavior, interval},
};

use crate::lane::Lane;

/// How often operators are asked what they want, and told how the worker does.
const EVERY: Duration = Duration::from_millis(500);

/// What a lane does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Plan {
    /// How many jobs at once, at most.
    pub(crate) slots: u16,
    /// Whether to take none.
    pub(crate) paused: bool,
}

impl Plan {
    /// What follows from wishes for the pool and for this worker, which is configured for `usual` jobs at
    /// once. What is wanted of this worker goes before what is wanted of all.
    fn of(wish: PoolWish, own: WorkerWish, usual: u16) -> Self {
        let slots = own.concurrency.or(wish.concurrency).unwrap_or(usual);
        Self { slots: slots.max(1), paused: wish.paused || own.drained }
    }
}

/// The plan of a lane, and how many jobs it works on.
#[derive(Debug)]
pub(crate) struct Plans {
    plan: watch::Sender<Plan>,
    /// How many requests each key may make in any minute, where that is wished.
    per_minute: watch::Sender<Option<u32>>,
    busy: AtomicU32,
}

/// A job being worked on, until it is dropped.
pub(crate) struct Busy<'a>(
    &'a Plans,
    #[expect(dead_code, reason = "counts by living")] instruments::Slot,
);

impl Plans {
    /// As configured.
    pub(crate) fn new(slots: u16) -> Self {
        let (plan, _) = watch::channel(Plan { slots, paused: false });
        Self { plan, per_minute: watch::Sender::default(), busy: AtomicU32::new(0) }
    }

    /// The plan, and its changes.
    pub(crate) fn follow(&self) -> watch::Receiver<Plan> {
        self.plan.subscribe()
    }

    /// How many requests each key may make in any minute where that is wished, and its changes.
    pub(crate) fn per_minute(&self) -> watch::Receiver<Option<u32>> {
        self.per_minute.subscribe()
    }

    fn limit(&self, per_minute: Option<u32>) {
        self.per_minute
            .send_if_modified(|current| std::mem::replace(current, per_minute) != per_minute);
    }

    /// A job of `pool` is worked on as long as the answer lives.
    pub(crate) fn begin(&self, pool: &str) -> Busy<'_> {
        self.busy.fetch_add(1, Relaxed);
        Busy(self, instruments::slot_taken(pool))
    }
}

impl Drop for Busy<'_> {
    fn drop(&mut self) {
        self.0.busy.fetch_sub(1, Relaxed);
    }
}

/// What is wished of the pool of `lane`; nothing as long as the live side does not answer.
pub(crate) async fn learn(lane: &Lane) -> PoolWish {
    let wish = wish(lane).await.unwrap_or_default();
    lane.plans.limit(wish.requests_per_minute);
    wish
}

async fn wish(lane: &Lane) -> Option<PoolWish> {
    let wish = lane.ports.controls.wish(&lane.name).await;
    wish.unwrap_or_else(|error| {
        tracing::debug!(%error, "the operators' wishes are not known");
        None
    })
}

/// Keeps the plan of `lane` as its operators wish, and tells them how it does, which models it leaves alone among it,
/// for ever. They wish `wish` until they say something else.
pub(crate) async fn keep(lane: &Lane, mut wish: PoolWish) {
    let mut times = interval(EVERY);
    times.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let mut own = WorkerWish::default();
    loop {
        times.tick().await;
        lane.breakers.tidy(lane.now());
        let (controls, status) = (&lane.ports.controls, status(lane));
        let (wished, wanted) = tokio::join!(self::wish(lane), controls.report(&status));
        wish = wished.unwrap_or(wish);
        lane.plans.limit(wish.requests_per_minute);
        match wanted {
            Ok(wanted) => own = wanted,
            Err(error) => tracing::debug!(%error, "nobody hears how the worker does"),
        }
        let plan = Plan::of(wish, own, lane.concurrency);
        lane.plans.plan.send_if_modified(|current| {
            let is_new = *current != plan;
            if is_new {
                tracing::info!(provider = %lane.name, ?plan, "a new plan");
                instruments::slots(lane.name.as_str(), plan.slots);
            }
            *current = plan;
            is_new
        });
    }
}

fn status(lane: &Lane) -> WorkerStatus {
    let plan = *lane.plans.plan.borrow();
    WorkerStatus {
        worker: lane.worker.clone(),
        pool: lane.name.clone(),
        slots: plan.slots,
        busy: lane.plans.busy.load(Relaxed),
        paused: plan.paused,
        version: env!("CARGO_PKG_VERSION").to_owned(),
        calls: lane.calls.counts(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plan_follows_from_wish_and_configuration() {
        let wish = |paused, concurrency| PoolWish { paused, concurrency, ..PoolWish::default() };
        let own = |drained, concurrency| WorkerWish { drained, concurrency };
        for (wish, own, slots, paused) in [
            (wish(false, None), own(false, None), 8, false),
            (wish(false, Some(3)), own(false, None), 3, false),
            (wish(false, Some(0)), own(false, None), 1, false),
            (wish(true, Some(3)), own(false, None), 3, true),
            (wish(false, None), own(true, None), 8, true),
            (wish(true, None), own(true, None), 8, true),
            (wish(false, Some(3)), own(false, Some(5)), 5, false),
            (wish(false, None), own(true, Some(0)), 1, true),
        ] {
            assert_eq!(Plan::of(wish, own, 8), Plan { slots, paused }, "{wish:?} {own:?}");
        }
    }
}
