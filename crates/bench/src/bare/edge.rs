//! Writes a row, publishes a message, and passes on what comes on a channel.

use std::{
    collections::HashMap,
    convert::Infallible,
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::Context;
use axum::{
    Router,
    body::{Body, Bytes},
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::{get, post},
};
use futures_util::{StreamExt, stream};
use lapin::{
    BasicProperties, Channel, Connection, ConnectionProperties,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use sqlx::PgPool;
use tokio::{net::TcpListener, sync::mpsc};

use super::{QUEUE, keep::EdgeKeeper, worker::declare};

type Viewers = Arc<Mutex<HashMap<String, mpsc::UnboundedSender<Bytes>>>>;

#[derive(Clone)]
struct Edge {
    database: PgPool,
    broker: Channel,
    /// Receivers of streams nobody has asked for yet.
    waiting: Arc<Mutex<HashMap<String, mpsc::UnboundedReceiver<Bytes>>>>,
    viewers: Viewers,
    keeper: Option<EdgeKeeper>,
}

pub async fn run(
    port: u16,
    (database, broker, live): (&str, &str, &str),
    keeps: bool,
) -> anyhow::Result<()> {
    let database = PgPool::connect(database).await?;
    sqlx::query("CREATE TABLE bare (id text PRIMARY KEY, question text NOT NULL)")
        .execute(&database)
        .await?;
    let connection = Connection::connect(broker, ConnectionProperties::default()).await?;
    let channel = connection.create_channel().await?;
    declare(&channel, QUEUE).await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    let keeper = if keeps { Some(keeper(&connection, &database, live).await?) } else { None };
    let viewers = Viewers::default();
    let edge = Edge {
        database,
        broker: channel,
        waiting: Arc::default(),
        viewers: Arc::clone(&viewers),
        keeper: keeper.clone(),
    };
    let router = Router::new()
        .route("/ready", get(async || "ready"))
        .route("/ask", post(ask))
        .route("/stream/{id}", get(stream_of))
        .with_state(edge);
    let listener = TcpListener::bind(("127.0.0.1", port)).await?;
    tokio::select! {
        served = axum::serve(listener, router) => Ok(served?),
        heard = hear(live, viewers) => heard,
        Some(heard) = async { Some(keeper?.hear().await) } => heard,
    }
}

/// One with a channel of its own.
async fn keeper(
    connection: &Connection,
    database: &PgPool,
    live: &str,
) -> anyhow::Result<EdgeKeeper> {
    let channel = connection.create_channel().await?;
    channel.confirm_select(ConfirmSelectOptions::default()).await?;
    EdgeKeeper::new(database.clone(), channel, live).await
}

async fn ask(State(edge): State<Edge>, question: String) -> Result<String, Failed> {
    let id = format!("{:032x}", rand::random::<u128>());
    let (sender, receiver) = mpsc::unbounded_channel();
    lock(&edge.viewers).insert(id.clone(), sender);
    lock(&edge.waiting).insert(id.clone(), receiver);
    match &edge.keeper {
        Some(keeper) => keeper.accept(&id, &question).await?,
        None => write(&edge.database, &id, &question).await?,
    }
    let properties =
        BasicProperties::default().with_message_id(id.as_str().into()).with_delivery_mode(2);
    let options = BasicPublishOptions::default();
    let confirm = edge
        .broker
        .basic_publish("".into(), QUEUE.into(), options, question.as_bytes(), properties)
        .await?;
    confirm.await?;
    Ok(id)
}

async fn write(database: &PgPool, id: &str, question: &str) -> anyhow::Result<()> {
    let insert = sqlx::query("INSERT INTO bare (id, question) VALUES ($1, $2)");
    insert.bind(id).bind(question).execute(database).await?;
    Ok(())
}

async fn stream_of(State(edge): State<Edge>, Path(id): Path<String>) -> Response {
    let Some(receiver) = lock(&edge.waiting).remove(&id) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    let events = stream::unfold(receiver, async |mut receiver| {
        // An empty message is the end.
        let event = receiver.recv().await.filter(|event| !event.is_empty())?;
        Some((Ok::<_, Infallible>(event), receiver))
    });
    ([("content-type", "text/event-stream")], Body::from_stream(events)).into_response()
}

/// Passes on what workers say, over one subscription.
async fn hear(live: &str, viewers: Viewers) -> anyhow::Result<()> {
    let mut subscription = redis::Client::open(live)?.get_async_pubsub().await?;
    subscription.psubscribe("bare:*").await?;
    let mut messages = subscription.on_message();
    while let Some(message) = messages.next().await {
        let id = message.get_channel_name().trim_start_matches("bare:").to_owned();
        let event = Bytes::copy_from_slice(message.get_payload_bytes());
        let mut viewers = lock(&viewers);
        let is_last = event.is_empty();
        let is_gone = viewers.get(&id).is_none_or(|viewer| viewer.send(event).is_err());
        if is_last || is_gone {
            viewers.remove(&id);
        }
    }
    None.context("Redis is gone")
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Whatever goes wrong ends the measurement.
struct Failed(anyhow::Error);

impl<E: Into<anyhow::Error>> From<E> for Failed {
    fn from(error: E) -> Self {
        Self(error.into())
    }
}

impl IntoResponse for Failed {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}
