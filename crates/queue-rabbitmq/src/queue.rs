//! The queue of all services.

use std::{sync::Arc, time::Duration};

use async_trait::async_trait;
use ports::{
    Clock,
    queue::{Deliveries, Envelope, Queue, QueueError, Topic},
};

use crate::{
    connect::{self, ConnectError},
    delivery::Source,
    desk::Desk,
    error::Trouble,
    line::Line,
    management::Management,
    message,
    options::Options,
    place::Place,
    publish::Publisher,
    subscription,
    task::to_its_end,
};

/// [`Queue`] and [`QueueOperations`](ports::queue::QueueOperations) on a RabbitMQ broker.
pub struct RabbitQueue {
    pub(crate) publisher: Arc<Publisher>,
    pub(crate) consuming: Arc<Line>,
    pub(crate) management: Management,
    pub(crate) desk: Desk,
}

impl RabbitQueue {
    /// Connects, and declares what is the same in every installation.
    ///
    /// `clock` is asked for how long a message that waits longer than the longest rung has to wait yet.
    ///
    /// # Errors
    /// If the broker cannot be reached, refuses the account, or has a queue or an exchange of that
    /// name with other settings; the error says which.
    pub async fn connect(options: Options, clock: Arc<dyn Clock>) -> Result<Self, ConnectError> {
        connect::connect(options, clock).await
    }

    /// Declares where jobs wait to be tried again, before the first has to: what is published while several
    /// processes declare a queue may be refused. Not over the line that publishes, which a broker short of
    /// memory does not listen to.
    async fn prepare_rungs(&self, topic: &Topic) -> Result<(), Trouble> {
        let Publisher { options, topology, .. } = self.publisher.as_ref();
        let place = Place::of(topic, options);
        for rung in &options.rungs {
            let waiting = place.waiting(*rung);
            match topology.ensure(&self.consuming, &place, Some(&waiting)).await {
                // Not ours to declare, and nobody has needed it yet.
                Err(trouble) if trouble.is_missing() => {}
                done => done?,
            }
        }
        Ok(())
    }
}

#[async_trait]
impl Queue for RabbitQueue {
    async fn publish(
        &self,
        topic: &Topic,
        envelope: Envelope,
        delay: Option<Duration>,
    ) -> Result<(), QueueError> {
        let properties = message::properties(&envelope, &self.publisher.options.service);
        let delay = delay.unwrap_or_default();
        Ok(self.publisher.publish(topic, properties, &envelope.body, delay).await?)
    }

    async fn consume(&self, topic: &Topic, prefetch: u16) -> Result<Deliveries, QueueError> {
        if let Topic::Requests(_) = topic {
            self.prepare_rungs(topic).await?;
        }
        let source = Source {
            topic: topic.clone(),
            publisher: Arc::clone(&self.publisher),
            channel: self.consuming.channel().await?,
            lost: Arc::default(),
        };
        // Given up while the broker is asked, it would leave a consumer behind that nobody has.
        Ok(to_its_end(subscription::subscribe(source, prefetch)).await?)
    }
}
