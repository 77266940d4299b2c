//! Channels that publish, and what the broker says to each message.

use std::sync::{Mutex, MutexGuard, PoisonError};

use lapin::{
    BasicProperties, Channel, Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::sync::Semaphore;

use crate::{error::Trouble, line::Line};

/// How many messages of the process are under way at once.
const AT_ONCE: usize = 64;

/// Channels with one message under way on each, as many as are needed at once.
///
/// The broker sends a message back that no queue takes, and then confirms it. It confirms several of one channel together, or
/// another one in between, and the client gives what came back to whichever it hears of next: whoever published that would
/// publish it again, and the one that came back would count as published, and be lost. Messages under way at once share
/// the broker's work of keeping them on different channels, too.
pub(crate) struct ConfirmChannels {
    line: Line,
    idle: Mutex<Vec<Channel>>,
    places: Semaphore,
}

impl ConfirmChannels {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, idle: Mutex::default(), places: Semaphore::new(AT_ONCE) }
    }

    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Publishes, and waits until the broker has the message in a queue. Given up, it closes its channel, which nobody
    /// could tell any more what a confirmation is for.
    pub(crate) async fn publish(
        &self,
        exchange: &str,
        key: &str,
        properties: BasicProperties,
        body: &[u8],
    ) -> Result<(), Trouble> {
        let mandatory = !failpoint::is_planted("skip_mandatory");
        let options = BasicPublishOptions { mandatory, ..Default::default() };
        let _place = self.places.acquire().await.expect("nobody closes it");
        let channel = self.channel().await?;
        let publishing =
            channel.basic_publish(exchange.into(), key.into(), options, body, properties).await?;
        let confirmation = publishing.await?;
        self.idle().push(channel);
        match confirmation {
            Confirmation::Ack(None) => Ok(()),
            Confirmation::Ack(Some(_)) => Err(Trouble::Unroutable(format!("{exchange}/{key}"))),
            Confirmation::Nack(_) | Confirmation::NotRequested => Err(Trouble::Refused),
        }
    }

    /// One on which nothing is under way.
    async fn channel(&self) -> Result<Channel, Trouble> {
        let kept = || self.idle().pop();
        while let Some(channel) = kept() {
            if channel.status().connected() {
                return Ok(channel);
            }
        }
        let channel = self.line.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(channel)
    }

    fn idle(&self) -> MutexGuard<'_, Vec<Channel>> {
        // Nothing panics while holding it.
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
