//! The hops over HTTP at the edge, with nginx in front and without.

use std::{
    convert::Infallible,
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    time::Instant,
};

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::State,
    response::{IntoResponse, Response},
    routing::get,
};
use cluster::servers::Nginx;
use futures_util::{StreamExt, stream};
use tokio::{net::TcpListener, sync::mpsc, task::JoinSet};
use tokio_stream::wrappers::UnboundedReceiverStream;

use super::timed;
use crate::{direct, sample::Summary};

type Viewer = Arc<Mutex<Option<mpsc::UnboundedSender<Bytes>>>>;

/// A server with one viewer.
pub(super) struct Edge {
    pub(super) url: String,
    pub(super) nginx: String,
    viewer: Viewer,
    _nginx: Nginx,
    _serving: JoinSet<()>,
}

impl Edge {
    pub(super) async fn start(folder: &Path) -> anyhow::Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let url = format!("http://{}", listener.local_addr()?);
        let viewer = Viewer::default();
        let router = Router::new()
            .route("/ready", get(async || "ready"))
            .route("/stream", get(view))
            .with_state(Arc::clone(&viewer));
        let mut serving = JoinSet::new();
        serving.spawn(async move {
            // Whatever goes wrong is seen by the client, which has no answer.
            let _ = axum::serve(listener, router).await;
        });
        let nginx = Nginx::start(folder, std::slice::from_ref(&url)).await?;
        Ok(Self { url, nginx: nginx.url(), viewer, _nginx: nginx, _serving: serving })
    }

    /// From a request to its answer, at `url`.
    pub(super) async fn request(&self, url: &str) -> anyhow::Result<Summary> {
        let (http, url) = (direct::http()?, format!("{url}/ready"));
        let asked = timed(async || {
            let begun = Instant::now();
            http.get(&url).send().await?.error_for_status()?.bytes().await?;
            Ok(begun.elapsed())
        });
        Ok(asked.await?.summary())
    }

    /// From a piece of an answer to its viewer.
    pub(super) async fn piece(&self) -> anyhow::Result<Summary> {
        let response = direct::http()?.get(format!("{}/stream", self.url)).send().await?;
        let mut pieces = response.error_for_status()?.bytes_stream();
        let sender = lock(&self.viewer).take().context("nobody views")?;
        let passed = timed(async || {
            let begun = Instant::now();
            sender.send(Bytes::from_static(b"data: {\"text\":\"a word\"}\n\n"))?;
            pieces.next().await.context("the stream ended")??;
            Ok(begun.elapsed())
        });
        Ok(passed.await?.summary())
    }
}

async fn view(State(viewer): State<Viewer>) -> Response {
    let (sender, receiver) = mpsc::unbounded_channel();
    *lock(&viewer) = Some(sender);
    // Something has to come, or the client waits for the answer to begin.
    let pieces = stream::iter([Bytes::from_static(b": hello\n\n")])
        .chain(UnboundedReceiverStream::new(receiver))
        .map(Ok::<_, Infallible>);
    ([("content-type", "text/event-stream")], Body::from_stream(pieces)).into_response()
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
