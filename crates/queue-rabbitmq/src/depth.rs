//! How much waits where.

use lapin::{options::QueueDeclareOptions, types::FieldTable};
use ports::queue::{Depth, Topic};

use crate::{error::Trouble, line::Line, place::Place, queue::RabbitQueue};

impl RabbitQueue {
    pub(crate) async fn depth_of(&self, topic: &Topic) -> Result<Depth, Trouble> {
        let options = &self.publisher.options;
        let place = Place::of(topic, options);
        // Whoever asks for queues that are not there fills the broker's log with it.
        let unsettled = self.management.unsettled().await?;
        let count = async |queue: &str| {
            if !unsettled.contains_key(queue) {
                return Ok(0);
            }
            Ok::<_, Trouble>(ready(&self.consuming, queue).await?.unwrap_or_default())
        };
        let mut delayed = 0;
        for rung in &options.rungs {
            delayed += count(&place.waiting(*rung).queue).await?;
        }
        let unsettled = unsettled.get(&place.queue).copied().unwrap_or_default();
        Ok(Depth { ready: count(&place.queue).await?, unsettled, delayed })
    }
}

/// How many messages are ready in `queue`; `None` if there is no such queue.
pub(crate) async fn ready(line: &Line, queue: &str) -> Result<Option<u64>, Trouble> {
    // The broker closes the channel of who asks for a queue that does not exist.
    let channel = line.channel().await?;
    let passive = QueueDeclareOptions { passive: true, ..Default::default() };
    let declared = channel.queue_declare(queue.into(), passive, FieldTable::default()).await;
    match declared.map_err(Trouble::from) {
        Ok(queue) => {
            // Whoever asks next opens another one.
            channel.close(200, "done".into()).await?;
            Ok(Some(queue.message_count().into()))
        }
        Err(trouble) if trouble.is_missing() => Ok(None),
        Err(trouble) => Err(trouble),
    }
}
