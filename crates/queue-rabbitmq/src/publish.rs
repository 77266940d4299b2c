//! Publishing to topics, at once or later.

use std::{sync::Arc, time::Duration};

use lapin::BasicProperties;
use ports::{Clock, queue::Topic};
use tokio::time::timeout;

use crate::{
    confirm::ConfirmChannels, error::Trouble, message, options::Options, place::Place, rung,
    topology::Topology,
};

/// What publishing needs.
pub(crate) struct Publisher {
    pub(crate) options: Options,
    pub(crate) channels: ConfirmChannels,
    pub(crate) topology: Topology,
    pub(crate) clock: Arc<dyn Clock>,
}

impl Publisher {
    /// Publishes to `topic`, to be delivered after `delay`.
    pub(crate) async fn publish(
        &self,
        topic: &Topic,
        properties: BasicProperties,
        body: &[u8],
        delay: Duration,
    ) -> Result<(), Trouble> {
        let place = Place::of(topic, &self.options);
        self.in_time(async {
            let Some(wait) = rung::wait(&self.options.rungs, delay, self.clock.now()) else {
                self.topology.ensure(self.channels.line(), &place, None).await?;
                return self.channels.publish(place.exchange, &place.key, properties, body).await;
            };
            let waiting = place.waiting(wait.rung);
            self.topology.ensure(self.channels.line(), &place, Some(&waiting)).await?;
            let properties = match wait.not_before {
                Some(at) => message::not_before(properties, at),
                None => properties,
            };
            self.channels.publish(&waiting.exchange, &place.key, properties, body).await
        })
        .await
    }

    /// Publishes to the dead letters of `topic`.
    pub(crate) async fn bury(
        &self,
        topic: &Topic,
        properties: BasicProperties,
        body: &[u8],
        why: &str,
    ) -> Result<(), Trouble> {
        let place = Place::of(topic, &self.options);
        let properties = message::identified(properties, body);
        let properties = message::dead(properties, why, self.clock.now());
        self.in_time(async {
            self.topology.ensure(self.channels.line(), &place, None).await?;
            self.channels.publish(place.dead, &place.key, properties, body).await
        })
        .await
    }

    /// After a failure nothing is taken for granted: the next publish declares and connects anew.
    async fn in_time(
        &self,
        publishing: impl Future<Output = Result<(), Trouble>>,
    ) -> Result<(), Trouble> {
        let longest = self.options.publish_timeout;
        let published = timeout(longest, publishing).await.unwrap_or(Err(Trouble::Silent(longest)));
        if published.is_err() {
            self.topology.forget();
        }
        published
    }
}
