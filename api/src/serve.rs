//! The service: listen, do the chores, stop.

use std::{
    convert::Infallible,
    future::{IntoFuture, Ready, ready},
    io,
    task::{Context, Poll},
    time::Duration,
};

use axum::{Router, extract::Request, response::Response, serve::IncomingStream};

use tokio::{
    net::TcpListener,
    task::{JoinError, JoinSet},
    time::sleep,
};
use tokio_util::sync::CancellationToken;
use tower::Service;

use crate::{
    app::{App, Inbox, WeakSecret},
    chores,
    config::Config,
    extract::Peer,
    listener::{Guard, Patience},
    ports::Ports,
    router::router,
};

/// How long a proxy in front is told, with each answer, to come on another connection, before those that it keeps are
/// closed: a request that crosses the close of its connection gets no answer, and none is sent twice that may change
/// something. Of connections that nobody used for so long a proxy uses another one first.
const FAREWELL: Duration = Duration::from_millis(200);

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
    let mut chores = Chores::start(&app, inbox);
    let served = tokio::select! {
        served = serve(listener, app) => served.map_err(RunError::Serve),
        ended = chores.ended_early() => ended,
    };
    served.and(chores.stop().await)
}

/// The chores under way. What the others write while they stop, the relay still publishes and the crier tells.
struct Chores {
    writers: JoinSet<()>,
    stop_writers: CancellationToken,
    relay: JoinSet<()>,
    stop_relay: CancellationToken,
}

impl Chores {
    fn start(app: &App, inbox: Inbox) -> Self {
        let (stop_writers, stop_relay) = (CancellationToken::new(), CancellationToken::new());
        let mut writers = JoinSet::new();
        writers.spawn(chores::settler::run(app.clone(), stop_writers.clone()));
        writers.spawn(chores::rescuer::run(app.clone(), stop_writers.clone()));
        writers.spawn(chores::teller::run(app.clone(), stop_writers.clone()));
        writers.spawn(chores::surveyor::run(app.clone(), stop_writers.clone()));
        writers.spawn(chores::pruner::run(app.clone(), stop_writers.clone()));
        writers.spawn(chores::usher::run(app.clone(), stop_writers.clone()));
        let mut relay = JoinSet::new();
        let Inbox { rows, news, asked } = inbox;
        writers.spawn(chores::postman::run(app.clone(), asked, stop_writers.clone()));
        relay.spawn(chores::crier::run(app.clone(), news, stop_relay.clone()));
        relay.spawn(chores::relay::run(app.clone(), rows, stop_relay.clone()));
        Self { writers, stop_writers, relay, stop_relay }
    }

    /// Returns when a chore ends without having been stopped.
    async fn ended_early(&mut self) -> Result<(), RunError> {
        let ended = tokio::select! {
            Some(ended) = self.writers.join_next() => ended,
            Some(ended) = self.relay.join_next() => ended,
        };
        ended.map_err(RunError::Chore)
    }

    async fn stop(mut self) -> Result<(), RunError> {
        self.stop_writers.cancel();
        let written = all_ended(&mut self.writers).await;
        self.stop_relay.cancel();
        written.and(all_ended(&mut self.relay).await)
    }
}

/// Makes the service of each connection: the one router, told who is at the other end. A bare router would
/// be built anew for every connection, and be kept with it.
struct Peers(Router);

/// The service of one connection.
#[derive(Clone)]
struct PeerService {
    router: Router,
    peer: Peer,
}

impl Service<IncomingStream<'_, Guard>> for Peers {
    type Response = PeerService;
    type Error = Infallible;
    type Future = Ready<Result<PeerService, Infallible>>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, stream: IncomingStream<'_, Guard>) -> Self::Future {
        let peer = Peer(stream.remote_addr().ip());
        ready(Ok(PeerService { router: self.0.clone(), peer }))
    }
}

impl Service<Request> for PeerService {
    type Response = Response;
    type Error = Infallible;
    type Future = <Router as Service<Request>>::Future;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        <Router as Service<Request>>::poll_ready(&mut self.router, context)
    }

    fn call(&mut self, mut request: Request) -> Self::Future {
        request.extensions_mut().insert(self.peer);
        self.router.call(request)
    }
}

async fn all_ended(chores: &mut JoinSet<()>) -> Result<(), RunError> {
    let mut result = Ok(());
    while let Some(ended) = chores.join_next().await {
        result = result.and(ended.map_err(RunError::Chore));
    }
    result
}

async fn serve(listener: TcpListener, app: App) -> io::Result<()> {
    let (shutdown, drain) = (app.shutdown.clone(), app.config.drain);
    let Config { write_stall, first_answer, idle, trust_forwarded, .. } = app.config;
    let stop = shutdown.clone();
    let left = async move {
        stop.cancelled().await;
        // A proxy may be sending on a connection that it keeps.
        sleep(if trust_forwarded { FAREWELL } else { Duration::ZERO }).await;
    };
    let listener = Guard::new(listener, Patience { write_stall, first_answer, idle });
    let server =
        axum::serve(listener, Peers(router(app))).with_graceful_shutdown(left).into_future();
    tokio::select! {
        ended = server => ended,
        () = async { shutdown.cancelled().await; sleep(drain).await } => Ok(()),
    }
}
