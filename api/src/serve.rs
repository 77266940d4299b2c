//! The service: listen, do the chores, stop.

use std::{future::IntoFuture, io};

use tokio::{
    net::TcpListener,
    task::{JoinError, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::{App, Inbox, WeakSecret},
    chores,
    config::Config,
    listener::StallGuard,
    ports::Ports,
    router::router,
};

/// Why the service ended otherwise than asked to.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// See [`WeakSecret`].
    #[error(transparent)]
    WeakSecret(#[from] WeakSecret),
    /// The socket cannot be used.
    #[error("cannot serve HTTP")]
    Serve(#[source] io::Error),
    /// A chore panicked.
    #[error("a chore ended unexpectedly")]
    Chore(#[source] JoinError),
}

/// Serves `listener` and does the chores until `shutdown`.
///
/// Then readiness goes red, streams end by themselves, open requests have `config.drain` to end, and
/// the chores finish what they hold. Workers should have stopped before, so that their last reports
/// are settled here.
pub async fn run(
    listener: TcpListener,
    config: Config,
    ports: Ports,
    shutdown: CancellationToken,
) -> Result<(), RunError> {
    let (app, inbox) = App::new(config, ports, shutdown)?;
    let stop = CancellationToken::new();
    let mut chores = start(&app, inbox, &stop);
    let served = tokio::select! {
        served = serve(listener, app) => served.map_err(RunError::Serve),
        Some(ended) = chores.join_next() => ended.map_err(RunError::Chore),
    };
    stop.cancel();
    let mut result = served;
    while let Some(ended) = chores.join_next().await {
        result = result.and(ended.map_err(RunError::Chore));
    }
    result
}

fn start(app: &App, inbox: Inbox, stop: &CancellationToken) -> JoinSet<()> {
    let mut chores = JoinSet::new();
    chores.spawn(chores::relay::run(app.clone(), inbox, stop.clone()));
    chores.spawn(chores::settler::run(app.clone(), stop.clone()));
    chores.spawn(chores::rescuer::run(app.clone(), stop.clone()));
    chores.spawn(chores::pruner::run(app.clone(), stop.clone()));
    chores
}

async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let (shutdown, drain) = (app.shutdown.clone(), app.config.drain);
    let listener = StallGuard::new(listener, app.config.write_stall);
    let server = axum::serve(listener, router(app))
        .with_graceful_shutdown(shutdown.clone().cancelled_owned())
        .into_future();
    tokio::select! {
        served = server => served,
        () = async { shutdown.cancelled().await; sleep(drain).await } => Ok(()),
    }
}
