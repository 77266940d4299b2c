//! Keeps the subscription connection, and makes it again when it ends.

use std::{collections::HashSet, convert::Infallible, future::pending, time::Duration};

use bytes::Bytes;
use futures_util::{FutureExt, StreamExt, future::BoxFuture};
use redis::{Client, ConnectionInfo, Msg, RedisError, Value, aio::PubSubSink};
use tokio::time::{Instant, interval_at, sleep, timeout};
use tokio_util::sync::CancellationToken;

use super::{Subscriptions, call::Call, message::Message, trouble::Trouble};
use crate::{error::Error, lock::lock};

/// The pause before connecting again; twice as long after every failure, up to the longest.
const SHORTEST_PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_secs(1);

/// How often the server is asked whether it is still there: a connection can break without a word.
const ASK_EVERY: Duration = Duration::from_secs(3);

/// What is asked of the server. Answers the channels subscribed to.
type Step = BoxFuture<'static, Result<Vec<String>, RedisError>>;

impl Subscriptions {
    /// Hears what is told until `shutdown`.
    pub(crate) async fn run(&self, shutdown: CancellationToken) {
        shutdown.run_until_cancelled(self.hear_always()).await;
        self.lose();
    }

    async fn hear_always(&self) -> Infallible {
        let (mut pause, mut trouble) = (SHORTEST_PAUSE, Trouble::default());
        for node in self.nodes.iter().cycle() {
            let began = Instant::now();
            let Err(error) = self.hear(node, &mut trouble).await;
            self.lose();
            trouble.failed(&error);
            if began.elapsed() > LONGEST_PAUSE {
                pause = SHORTEST_PAUSE;
            }
            sleep(pause).await;
            pause = (2 * pause).min(LONGEST_PAUSE);
        }
        pending().await
    }

    /// Connects to `node` and hears until the connection ends, or what is told elsewhere is not told there: the node may
    /// have lost the others, or another one its place. What the server answers ends the trouble.
    async fn hear(
        &self,
        node: &ConnectionInfo,
        trouble: &mut Trouble,
    ) -> Result<Infallible, Error> {
        let client = Client::open(node.clone())?;
        let connecting = timeout(self.patience, client.get_async_pubsub());
        let connected = connecting.await.map_err(|_| Error::Timeout(self.patience))??;
        let (sink, mut messages) = connected.split();
        let mut known = HashSet::new();
        let mut step: Option<Step> = None;
        let mut asking = interval_at(Instant::now() + ASK_EVERY, ASK_EVERY);
        // What another connection did not bring.
        let _ = self.unheard.notified().now_or_never();
        self.find();
        loop {
            if step.is_none() {
                step = self.changes(&mut known, &sink);
            }
            let is_idle = step.is_none();
            let stepping = async {
                match &mut step {
                    Some(step) => step.await,
                    None => pending().await,
                }
            };
            tokio::select! {
                message = messages.next() => self.tell(&message.ok_or(Error::Closed)?),
                answer = timeout(self.patience, stepping), if !is_idle => {
                    self.confirm(&answer.map_err(|_| Error::Timeout(self.patience))??);
                    step = None;
                    trouble.over();
                }
                () = self.bell.notified(), if is_idle => {}
                () = self.unheard.notified() => return Err(Error::Unheard),
                _ = asking.tick(), if is_idle => step = Some(ask(sink.clone())),
            }
        }
    }

    /// There is a connection, and on it nothing is subscribed to yet.
    fn find(&self) {
        let mut table = lock(&self.table);
        table.connected = true;
        let mut all: Vec<String> = table.logs.keys().cloned().collect();
        let calls = self.calls.iter().filter(|call| call.is_wanted());
        all.extend(calls.map(|call| call.channel.clone()));
        table.touched = all;
    }

    /// There is no connection.
    fn lose(&self) {
        self.calls.iter().for_each(|call| call.set_heard(false));
        let mut table = lock(&self.table);
        table.connected = false;
        table.touched = Vec::new();
    }

    /// What has to be asked for, given that `known` was.
    fn changes(&self, known: &mut HashSet<String>, sink: &PubSubSink) -> Option<Step> {
        let (mut coming, mut going) = (Vec::new(), Vec::new());
        let mut table = lock(&self.table);
        for channel in std::mem::take(&mut table.touched) {
            let is_wanted = self.call(&channel).is_some() || table.logs.contains_key(&channel);
            if !is_wanted {
                going.extend(known.take(&channel));
            } else if known.insert(channel.clone()) {
                coming.push(channel);
            } else if let Some(log) = table.logs.get(&channel) {
                // Given up and wanted again, before the server heard of it.
                log.tail.subscribe();
            }
        }
        drop(table);
        let is_any = !coming.is_empty() || !going.is_empty();
        is_any.then(|| change(sink.clone(), coming, going))
    }

    fn confirm(&self, channels: &[String]) {
        for channel in channels {
            if let Some(call) = self.call(channel) {
                call.set_heard(true);
            } else if let Some(tail) = self.tail(channel) {
                tail.subscribe();
            }
        }
    }

    fn tell(&self, message: &Msg) {
        let channel = message.get_channel_name();
        if let Some(call) = self.call(channel) {
            call.hear(message.get_payload_bytes());
        } else if let Some(tail) = self.tail(channel) {
            // What cannot be read is found by looking into the log.
            let payload = Bytes::copy_from_slice(message.get_payload_bytes());
            if let Some(message) = Message::read(payload) {
                tail.hear(message);
            }
        }
    }

    fn call(&self, channel: &str) -> Option<&Call> {
        self.calls.iter().find(|call| call.channel == channel)
    }
}

fn change(mut sink: PubSubSink, coming: Vec<String>, going: Vec<String>) -> Step {
    async move {
        failpoint::pass("follow.before_subscribe").await;
        if !coming.is_empty() {
            sink.subscribe(&coming).await?;
        }
        if !going.is_empty() {
            sink.unsubscribe(&going).await?;
        }
        Ok(coming)
    }
    .boxed()
}

fn ask(mut sink: PubSubSink) -> Step {
    async move { sink.ping::<Value>().await.map(|_| Vec::new()) }.boxed()
}
