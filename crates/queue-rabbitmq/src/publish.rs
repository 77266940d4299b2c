//! Publishing to topics, at once or later.

use std::{sync::Arc, time::Duration};

use lapin::BasicProperties;
use ports::{Clock, queue::Topic};
use tokio::time::timeout;

use crate::{
    confirm::ConfirmChannels,
    error::Trouble,
    message,
    options::Options,
    place::{Place, Waiting},
    rung,
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
        let Some(wait) = rung::wait(&self.options.rungs, delay, self.clock.now()) else {
            let publishing = self.channels.publish(place.exchange, &place.key, properties, body);
            return self.in_time((&place, None), publishing).await;
        };
        let waiting = place.waiting(wait.rung);
        let properties = match wait.not_before {
            Some(at) => message::not_before(properties, at),
            None => properties,
        };
        let publishing = self.channels.publish(&waiting.exchange, &place.key, properties, body);
        self.in_time((&place, Some(&waiting)), publishing).await
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
        let publishing = self.channels.publish(place.dead, &place.key, properties, body);
        self.in_time((&place, None), publishing).await
    }

    /// Declares what is not known to be there, and publishes. After a failure it is not taken for granted any more: the
    /// next publish declares it anew, and whatever was on a connection that is gone.
    async fn in_time(
        &self,
        (place, waiting): (&Place, Option<&Waiting>),
        publishing: impl Future<Output = Result<(), Trouble>>,
    ) -> Result<(), Trouble> {
        let longest = self.options.publish_timeout;
        let work = async {
            self.topology.ensure(self.channels.line(), place, waiting).await?;
            publishing.await
        };
        let published = timeout(longest, work).await.unwrap_or(Err(Trouble::Silent(longest)));
        match &published {
            Ok(()) => {}
            Err(trouble) if trouble.is_of_the_connection() => self.topology.forget_all(),
            Err(_) => self.topology.forget(place, waiting),
        }
        published
    }
}
