//! Dead letters, looked at by one process at a time.
//!
//! AMQP has no way to look at a message without taking it. So an operator takes the letters as the one
//! consumer of their queue and gives back those that stay.

use std::time::Duration;

use futures_util::StreamExt;
use lapin::{
    Channel, Consumer,
    message::Delivery,
    options::{
        BasicAckOptions, BasicCancelOptions, BasicConsumeOptions, BasicNackOptions, BasicQosOptions,
    },
    types::FieldTable,
};
use tokio::time::{Instant, sleep, timeout};

use uuid::Uuid;

use crate::{
    depth::{count, surely},
    error::Trouble,
    line::Line,
    message,
};

/// How many letters are out at once, which the broker counts in two bytes: those behind are not seen until some of them are gone.
const MOST: u16 = u16::MAX;

/// The longest wait for another process that looks, and for the broker to hand over.
const PATIENCE: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(20);

/// Letters taken out of one dead-letter queue, the oldest first.
pub(crate) struct Letters {
    queue: &'static str,
    channel: Channel,
    pub(crate) taken: Vec<Delivery>,
    /// How many are in the queue when all that were taken are back.
    total: u64,
}

impl Letters {
    /// Takes all letters out of `queue`, but no more than [`MOST`], each of which `look` sees as it comes: what it leaves of
    /// them stays in memory. No other process takes any until [`give_back`](Self::give_back).
    pub(crate) async fn take(
        line: &Line,
        queue: &'static str,
        look: impl FnMut(&mut Delivery),
    ) -> Result<Option<Self>, Trouble> {
        let Some(Opened { channel, consumer, total }) = open(line, queue).await? else {
            return Ok(None);
        };
        let taken = collect(consumer, total.min(MOST.into()), look).await?;
        channel.basic_cancel("operator".into(), BasicCancelOptions::default()).await?;
        Ok(Some(Self { queue, channel, taken, total }))
    }

    /// What operators call the letter at `index` by.
    pub(crate) fn id(&self, index: usize) -> Option<Uuid> {
        message::message_id(&self.taken[index].properties)
    }

    /// Drops those that `goes` names, by their place in `letters`, and gives back the others.
    pub(crate) async fn give_back(
        self,
        line: &Line,
        goes: impl Fn(usize) -> bool,
    ) -> Result<(), Trouble> {
        let again = BasicNackOptions { requeue: true, ..Default::default() };
        let mut gone = 0;
        for (index, letter) in self.taken.iter().enumerate() {
            if goes(index) {
                letter.acker.ack(BasicAckOptions::default()).await?;
                gone += 1;
            } else {
                letter.acker.nack(again).await?;
            }
        }
        let deadline = Instant::now() + PATIENCE;
        // The next one who looks has to find what is back.
        while count(line, self.queue).await?.is_some_and(|count| count.ready + gone < self.total)
            && Instant::now() < deadline
        {
            sleep(PAUSE).await;
        }
        Ok(self.channel.close(200, "done".into()).await?)
    }
}

/// A queue of dead letters of which this process is the only consumer.
struct Opened {
    channel: Channel,
    consumer: Consumer,
    /// How many are in it.
    total: u64,
}

/// Waits while another process looks.
async fn open(line: &Line, queue: &'static str) -> Result<Option<Opened>, Trouble> {
    let deadline = Instant::now() + PATIENCE;
    loop {
        match try_open(line, queue).await {
            Err(trouble) if trouble.is_refused() && Instant::now() < deadline => {
                sleep(PAUSE).await;
            }
            Err(trouble) if trouble.is_refused() => return Err(Trouble::Held(queue.to_owned())),
            opened => return opened,
        }
    }
}

async fn try_open(line: &Line, queue: &'static str) -> Result<Option<Opened>, Trouble> {
    let channel = line.channel().await?;
    channel.basic_qos(MOST, BasicQosOptions::default()).await?;
    let found = surely(line, queue).await?.map(|count| count.ready);
    let Some(total) = found.filter(|total| *total > 0) else {
        return Ok(None);
    };
    let exclusive = BasicConsumeOptions { exclusive: true, ..Default::default() };
    let none = FieldTable::default();
    let consuming = channel.basic_consume(queue.into(), "operator".into(), exclusive, none);
    let consumer = consuming.await?;
    // Whoever looked before has given back everything by now.
    let total = count(line, queue).await?.map_or(total, |left| left.ready.max(total));
    Ok(Some(Opened { channel, consumer, total }))
}

/// The first `count` letters that come.
async fn collect(
    mut consumer: Consumer,
    count: u64,
    mut look: impl FnMut(&mut Delivery),
) -> Result<Vec<Delivery>, Trouble> {
    let mut letters = Vec::new();
    while (letters.len() as u64) < count {
        match timeout(PATIENCE, consumer.next()).await {
            Ok(Some(letter)) => {
                let mut letter = letter?;
                look(&mut letter);
                letters.push(letter);
            }
            Ok(None) | Err(_) => break,
        }
    }
    Ok(letters)
}
