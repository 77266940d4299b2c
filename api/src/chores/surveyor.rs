//! Looks now and then at what waits where, for whoever reads the figures, and for whoever asks when too much does. Every api
//! process tells the same.
//!
//! Figures are wanted most when something is away: each is looked for by itself, and one that is not
//! known says so instead of standing still.

use std::{collections::BTreeSet, error::Error};

use futures_util::future::join;
use ports::{
    live::{KeyState, KeyStatus, LiveError},
    queue::{QueueError, Topic},
    store::StoreError,
};
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

use crate::{app::App, error::chain};

/// Looks until `stop`.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    stop.run_until_cancelled(join(look_at_outbox(&app), look_at_all(&app))).await;
}

/// By itself, since requests are refused for it, and what else is looked at may take long to fail.
async fn look_at_outbox(app: &App) {
    let mut unknown = Unknown::default();
    loop {
        unknown.note("unsent messages", unsent(app).await);
        sleep(app.config.survey_interval).await;
    }
}

async fn look_at_all(app: &App) {
    let mut unknown = Unknown::default();
    loop {
        look(app, &mut unknown).await;
        sleep(app.config.survey_interval).await;
    }
}

/// The store first: what it tells matters most, and the others may take long to fail.
async fn look(app: &App, unknown: &mut Unknown) {
    unknown.note("oldest queued job", oldest(app).await);
    unknown.note("dead jobs", dead(app).await);
    unknown.note("jobs", jobs(app).await);
    unknown.note("keys", keys(app).await);
}

/// Without a queue questions wait in the store, which must not fill up with them.
async fn unsent(app: &App) -> Result<(), StoreError> {
    let most = app.config.max_unsent;
    let count = app.ports.outbox.unsent(most).await;
    app.health.set_full(count.as_ref().is_ok_and(|count| *count >= most));
    count.map(drop)
}

async fn oldest(app: &App) -> Result<(), StoreError> {
    let at = app.now();
    let found = app.ports.progress.backlog(at).await;
    let age = found.as_ref().ok().map(|backlog| {
        let due = backlog.iter().filter(|jobs| !jobs.waits).map(|jobs| jobs.first).min();
        due.and_then(|due| (at - due).to_std().ok()).unwrap_or_default()
    });
    instruments::oldest_queued(age);
    found.map(drop)
}

async fn dead(app: &App) -> Result<(), QueueError> {
    let count = app.ports.queue_operations.dead_count().await;
    instruments::dead_jobs(count.as_ref().ok().copied());
    count.map(drop)
}

async fn jobs(app: &App) -> Result<(), QueueError> {
    let mut known = Ok(());
    for provider in app.config.catalog.providers() {
        let found = app.ports.queue_operations.depth(&Topic::Requests(provider.clone())).await;
        let depth = found.as_ref().ok();
        for (state, count) in [
            ("ready", depth.map(|depth| depth.ready)),
            ("running", depth.map(|depth| depth.unsettled)),
            ("delayed", depth.map(|depth| depth.delayed)),
        ] {
            instruments::jobs(provider.as_str(), state, count);
        }
        known = known.and(found.map(drop));
    }
    known
}

async fn keys(app: &App) -> Result<(), LiveError> {
    let workers = app.ports.controls.workers().await;
    app.availability.set_workers(workers.as_ref().ok().cloned());
    let mut known = Ok(());
    for provider in app.config.catalog.providers() {
        let found = app.ports.keys.keys(provider).await;
        // Without the workers' word nobody knows which of those taken out are in use yet.
        let states = found.as_ref().ok().zip(workers.as_ref().ok()).map(|(keys, workers)| {
            let state = |key: &KeyStatus| key.clone().with_calls_of(workers).state.name();
            keys.iter().map(state).collect::<Vec<_>>()
        });
        for state in KeyState::NAMES {
            let in_it = |states: &Vec<_>| states.iter().filter(|one| **one == state).count() as u64;
            instruments::keys(provider.as_str(), state, states.as_ref().map(in_it));
        }
        app.availability.set_keys(provider, found.as_ref().ok().cloned());
        known = known.and(found.map(drop));
    }
    workers.map(drop).and(known)
}

/// The figures that are not known, as far as was told.
#[derive(Default)]
struct Unknown(BTreeSet<&'static str>);

impl Unknown {
    /// Tells once that `figure` is not known, and once that it is again: it is looked every few seconds.
    fn note<E: Error + 'static>(&mut self, figure: &'static str, looked: Result<(), E>) {
        match looked {
            Err(error) if self.0.insert(figure) => {
                tracing::warn!(figure, error = chain(&error), "a figure is not known");
            }
            Ok(()) if self.0.remove(figure) => tracing::info!(figure, "a figure is known again"),
            _ => {}
        }
    }
}
