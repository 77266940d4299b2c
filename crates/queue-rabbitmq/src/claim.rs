//! The claim to a queue of dead letters: one at a time.
//!
//! A quorum queue has no exclusive consumers, it takes the wish for one and lets others in. So whoever wants to be alone
//! becomes a consumer, counts the consumers, and makes way when there is another.

use std::time::Duration;

use lapin::{
    Channel, Consumer,
    options::{BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions},
    types::FieldTable,
};
use tokio::time::{Instant, sleep};

use crate::{
    depth::{count_on, surely},
    error::Trouble,
    line::Line,
};

/// How many letters are out at once, which the broker counts in two bytes: those behind are not seen until some of them are gone.
pub(crate) const MOST: u16 = u16::MAX;

/// The longest wait for others that look, and for the broker to hand over.
pub(crate) const PATIENCE: Duration = Duration::from_secs(5);
pub(crate) const PAUSE: Duration = Duration::from_millis(20);
const LONGEST_PAUSE: Duration = Duration::from_millis(120);

const TAG: &str = "operator";

/// A queue of which this process is the only consumer, until the claim is released or dropped.
pub(crate) struct Claim {
    queue: &'static str,
    channel: Channel,
    pub(crate) consumer: Consumer,
    /// How many letters were in it at the beginning, and come.
    pub(crate) total: u64,
}

impl Claim {
    /// Waits while another process has `queue`. `None` if nothing is in it, or there is no such queue.
    pub(crate) async fn to(line: &Line, queue: &'static str) -> Result<Option<Self>, Trouble> {
        let deadline = Instant::now() + PATIENCE;
        loop {
            match attempt(line, queue).await {
                Err(Trouble::Held(_)) if Instant::now() < deadline => {
                    // Two that made way for each other are not to come back together.
                    sleep(rand::random_range(PAUSE..LONGEST_PAUSE)).await;
                }
                outcome => return outcome,
            }
        }
    }

    /// Gives back all that came and was not acknowledged.
    ///
    /// A consumer that is canceled is counted as long as letters are out: others keep away, and it is known when the
    /// broker has done all of it. It puts off acknowledgements that come fast, and a channel closed meanwhile takes them
    /// along.
    pub(crate) async fn release(self) -> Result<(), Trouble> {
        let Self { queue, channel, .. } = self;
        channel.basic_cancel(TAG.into(), BasicCancelOptions::default()).await?;
        // Nothing comes any more: this is all that is out.
        channel.basic_nack(0, BasicNackOptions { multiple: true, requeue: true }).await?;
        let deadline = Instant::now() + PATIENCE;
        while count_on(&channel, queue).await?.consumers > 0 && Instant::now() < deadline {
            sleep(PAUSE).await;
        }
        Ok(channel.close(200, "done".into()).await?)
    }
}

/// Fails as held if another process has it.
async fn attempt(line: &Line, queue: &'static str) -> Result<Option<Claim>, Trouble> {
    let held = || Err(Trouble::Held(queue.to_owned()));
    // Counted while nobody looks, when all that is there is ready.
    let Some(before) = surely(line, queue).await? else { return Ok(None) };
    if before.consumers > 0 {
        return held();
    }
    if before.ready == 0 {
        return Ok(None);
    }
    let channel = line.channel().await?;
    channel.basic_qos(MOST, BasicQosOptions::default()).await?;
    let (options, none) = (BasicConsumeOptions::default(), FieldTable::default());
    let consumer = channel.basic_consume(queue.into(), TAG.into(), options, none).await?;
    // A queue that takes too long to count says 0.
    if count_on(&channel, queue).await?.consumers != 1 {
        channel.close(200, "others look".into()).await?;
        return held();
    }
    Ok(Some(Claim { queue, channel, consumer, total: before.ready }))
}
