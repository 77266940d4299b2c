//! How much waits where.

use std::time::Duration;

use lapin::{Channel, options::QueueDeclareOptions, types::FieldTable};
use ports::queue::{Depth, Topic};
use tokio::time::sleep;

use crate::{error::Trouble, line::Line, place::Place, queue::RabbitQueue};

/// Until a queue is asked once more that says there is nothing: a quorum queue whose leader is away, or takes longer than a
/// quarter of a second, is answered for with zeros.
const ONCE_MORE: Duration = Duration::from_millis(300);

impl RabbitQueue {
    pub(crate) async fn depth_of(&self, topic: &Topic) -> Result<Depth, Trouble> {
        let options = &self.publisher.options;
        let place = Place::of(topic, options);
        // Whoever asks for queues that are not there fills the broker's log with it.
        let known = self.management.queues().await?;
        let ready = async |queue: &str| {
            let Some(known) = known.get(queue) else { return Ok(0) };
            let now = count(&self.consuming, queue).await?.unwrap_or_default();
            // Where it says 0 only because it cannot count, this is what is known.
            Ok::<_, Trouble>(if now.ready > 0 { now.ready } else { known.ready })
        };
        let mut delayed = 0;
        for rung in &options.rungs {
            delayed += ready(&place.waiting(*rung).queue).await?;
        }
        let unsettled = known.get(&place.queue).map_or(0, |known| known.unsettled);
        Ok(Depth { ready: ready(&place.queue).await?, unsettled, delayed })
    }
}

/// What the broker counts in a queue.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Count {
    /// Messages ready to be delivered.
    pub(crate) ready: u64,
    /// Consumers, and those that were and have some out yet.
    pub(crate) consumers: u32,
}

/// What is in `queue`; `None` if there is no such queue.
pub(crate) async fn count(line: &Line, queue: &str) -> Result<Option<Count>, Trouble> {
    // The broker closes the channel of who asks for a queue that does not exist.
    let channel = line.channel().await?;
    match count_on(&channel, queue).await {
        Ok(count) => {
            // Whoever asks next opens another one.
            channel.close(200, "done".into()).await?;
            Ok(Some(count))
        }
        Err(trouble) if trouble.is_missing() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}

/// The same, asked twice before it says that there is nothing.
pub(crate) async fn surely(line: &Line, queue: &str) -> Result<Option<Count>, Trouble> {
    let first = count(line, queue).await?;
    if first.is_none_or(|first| first.ready > 0 || first.consumers > 0) {
        return Ok(first);
    }
    sleep(ONCE_MORE).await;
    count(line, queue).await
}

/// What is in `queue`, over a channel that is closed if there is no such queue.
pub(crate) async fn count_on(channel: &Channel, queue: &str) -> Result<Count, Trouble> {
    let passive = QueueDeclareOptions { passive: true, ..Default::default() };
    let queue = channel.queue_declare(queue.into(), passive, FieldTable::default()).await?;
    Ok(Count { ready: queue.message_count().into(), consumers: queue.consumer_count() })
}
