//! The channel that publishes, and what the broker says to each message.

use lapin::{
    BasicProperties, Channel, Confirmation,
    options::{BasicPublishOptions, ConfirmSelectOptions},
};
use tokio::sync::Mutex;

use crate::{error::Trouble, line::Line};

/// One channel that all publishers of the process share; messages under way at once share the
/// broker's work of keeping them.
pub(crate) struct ConfirmChannel {
    line: Line,
    channel: Mutex<Option<Channel>>,
}

impl ConfirmChannel {
    pub(crate) fn new(line: Line) -> Self {
        Self { line, channel: Mutex::new(None) }
    }

    pub(crate) fn line(&self) -> &Line {
        &self.line
    }

    /// Publishes, and waits until the broker has the message in a queue.
    pub(crate) async fn publish(
        &self,
        exchange: &str,
        key: &str,
        properties: BasicProperties,
        body: &[u8],
    ) -> Result<(), Trouble> {
        let mandatory = !failpoint::is_planted("skip_mandatory");
        let options = BasicPublishOptions { mandatory, ..Default::default() };
        let channel = self.channel().await?;
        let publishing =
            channel.basic_publish(exchange.into(), key.into(), options, body, properties).await?;
        match publishing.await? {
            Confirmation::Ack(None) => Ok(()),
            Confirmation::Ack(Some(_)) => Err(Trouble::Unroutable(format!("{exchange}/{key}"))),
            Confirmation::Nack(_) | Confirmation::NotRequested => Err(Trouble::Refused),
        }
    }

    /// The next publish opens a new channel.
    pub(crate) async fn renew(&self) {
        self.channel.lock().await.take();
    }

    async fn channel(&self) -> Result<Channel, Trouble> {
        let mut kept = self.channel.lock().await;
        if let Some(channel) = kept.as_ref().filter(|channel| channel.status().connected()) {
            return Ok(channel.clone());
        }
        let channel = self.line.channel().await?;
        channel.confirm_select(ConfirmSelectOptions::default()).await?;
        Ok(kept.insert(channel).clone())
    }
}
