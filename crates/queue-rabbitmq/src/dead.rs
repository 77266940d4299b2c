//! Dead letters, looked at by one process at a time.
//!
//! AMQP has no way to look at a message without taking it. So an operator takes the letters as the one
//! consumer of their queue and gives back those that stay.

use futures_util::StreamExt;
use lapin::{message::Delivery, options::BasicAckOptions};
use tokio::time::timeout;

use crate::{
    claim::{Claim, MOST, PATIENCE},
    delivery::taken,
    error::Trouble,
    line::Line,
};

/// Letters taken out of one dead-letter queue, the oldest first.
pub(crate) struct Letters {
    claim: Claim,
    pub(crate) taken: Vec<Delivery>,
}

impl Letters {
    /// Takes all letters out of `queue`, but no more than [`MOST`], each of which `look` sees as it comes: what it leaves of
    /// them stays in memory. No other process takes any until [`give_back`](Self::give_back).
    pub(crate) async fn take(
        line: &Line,
        queue: &'static str,
        look: impl FnMut(&mut Delivery),
    ) -> Result<Option<Self>, Trouble> {
        let Some(mut claim) = Claim::to(line, queue).await? else { return Ok(None) };
        let taken = collect(&mut claim, queue, look).await?;
        Ok(Some(Self { claim, taken }))
    }

    /// Gives back those that were not dropped.
    pub(crate) async fn give_back(self) -> Result<(), Trouble> {
        self.claim.release().await
    }
}

/// Drops `letter` for good.
pub(crate) async fn discard(letter: &Delivery) -> Result<(), Trouble> {
    taken(letter.acker.ack(BasicAckOptions::default()).await?)
}

/// Fewer than there are would pass for all.
async fn collect(
    claim: &mut Claim,
    queue: &str,
    mut look: impl FnMut(&mut Delivery),
) -> Result<Vec<Delivery>, Trouble> {
    let count = claim.total.min(MOST.into());
    let mut letters = Vec::new();
    while (letters.len() as u64) < count {
        let next = timeout(PATIENCE, claim.consumer.next()).await;
        let next = next.map_err(|_| Trouble::Silent(PATIENCE))?;
        let mut letter = next.ok_or_else(|| Trouble::Cancelled(queue.to_owned()))??;
        look(&mut letter);
        letters.push(letter);
    }
    Ok(letters)
}
