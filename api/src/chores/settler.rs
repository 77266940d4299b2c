//! Commits what workers report, and says the last words on what has ended.
//!
//! A delivery is acknowledged only after everything that follows from it is done; whatever cannot be
//! done now is tried again. So a report may be settled twice, which changes nothing, and none is lost.

use domain::{
    attempt::Outcome,
    generation::{Generation, Status},
    id::MessageId,
    report::{Ended, REPORT_VERSION, Report, Started},
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use ports::{
    queue::{Deliveries, Delivery, Topic},
    store::{Settle, Settlement, StoreError},
};
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{
    app::App,
    ending::{self, EndError},
    error::chain,
};

/// How many reports are settled at once.
const AT_ONCE: u16 = 64;

/// Settles until `stop`, and then what has arrived before.
pub(crate) async fn run(app: App, stop: CancellationToken) {
    let mut patience = Patience::default();
    loop {
        match app.ports.queue.consume(&Topic::Responses, AT_ONCE).await {
            Ok(deliveries) => {
                patience = Patience::default();
                app.health.set_consuming(true);
                work(&app, deliveries, &stop).await;
                app.health.set_consuming(false);
            }
            Err(error) => tracing::warn!(error = chain(&error), "reports cannot be received"),
        }
        if stop.is_cancelled() || !patience.wait(&stop).await {
            return;
        }
    }
}

async fn work(app: &App, mut deliveries: Deliveries, stop: &CancellationToken) {
    let mut settling = FuturesUnordered::new();
    loop {
        tokio::select! {
            () = stop.cancelled() => break,
            delivery = deliveries.next(), if settling.len() < usize::from(AT_ONCE) => match delivery {
                Some(Ok(delivery)) => settling.push(settle(app, delivery, stop)),
                Some(Err(error)) => {
                    tracing::warn!(error = chain(&error), "reports are received no more");
                    break;
                }
                None => break,
            },
            Some(()) = settling.next() => {}
        }
    }
    // The last reports of workers that stopped just before are here already.
    while stop.is_cancelled()
        && let Some(Some(Ok(delivery))) = deliveries.next().now_or_never()
    {
        settling.push(settle(app, delivery, stop));
    }
    settling.collect::<()>().await;
}

/// What became of a delivery.
enum Done {
    Settled,
    /// Something did not answer until the stop.
    Later,
    /// It can never be settled.
    Never(String),
}

async fn settle(app: &App, delivery: Delivery, stop: &CancellationToken) {
    let done = match serde_json::from_slice::<Report>(&delivery.envelope.body) {
        Ok(Report::Started(started)) if started.v == REPORT_VERSION => {
            insist(stop, || note_start(app, &started)).await
        }
        Ok(Report::Ended(ended)) if ended.v == REPORT_VERSION => {
            insist(stop, || note_end(app, &ended)).await
        }
        Ok(_) => Done::Never("unknown version of the report".to_owned()),
        Err(error) => Done::Never(format!("not a report: {error}")),
    };
    let message_id = delivery.envelope.message_id;
    let ended = match done {
        Done::Settled => delivery.ack().await,
        Done::Later => delivery.release().await,
        Done::Never(why) => {
            tracing::error!(%message_id, why, "a report was put aside");
            delivery.dead_letter(&why).await
        }
    };
    if let Err(error) = ended {
        tracing::warn!(%message_id, error = chain(&error), "a settled report will come again");
    }
}

/// Tries until it is done, can never be done, or `stop`.
async fn insist<F>(stop: &CancellationToken, work: impl Fn() -> F) -> Done
where
    F: Future<Output = Result<(), EndError>>,
{
    let mut patience = Patience::default();
    loop {
        match work().await {
            Ok(()) => return Done::Settled,
            Err(EndError::Store(error @ StoreError::Inconsistent(_))) => {
                return Done::Never(chain(&error));
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "a report is not settled yet");
                if !patience.wait(stop).await {
                    return Done::Later;
                }
            }
        }
    }
}

async fn note_start(app: &App, started: &Started) -> Result<(), EndError> {
    match app.ports.progress.started(started).await? {
        Settlement::Changed(_) => {}
        Settlement::Unchanged(generation) => ending::try_conclude(app, &generation).await?,
        // Its chat was deleted: nobody will read the answer.
        Settlement::Unknown => app.ports.cancels.request(started.generation_id).await?,
    }
    Ok(())
}

async fn note_end(app: &App, ended: &Ended) -> Result<(), EndError> {
    let at = app.now();
    let outbox = ending::booking_rows(ended, at, app.config.claim);
    let settle = Settle { ended, message_id: MessageId::generate(at), outbox };
    match app.ports.progress.settle(&settle, at).await? {
        Settlement::Changed(generation) => {
            app.hand_over(settle.outbox);
            follow_up(app, &generation).await
        }
        Settlement::Unchanged(generation) => {
            book_spent(app, ended).await?;
            follow_up(app, &generation).await
        }
        Settlement::Unknown => {
            book_spent(app, ended).await?;
            let (id, user) = (ended.generation_id, ended.user_id);
            Ok(ending::conclude_unknown(app, id, user, ended.last_seq).await?)
        }
    }
}

async fn follow_up(app: &App, generation: &Generation) -> Result<(), EndError> {
    // The wish to stop came while the attempt was giving up: there is to be no next one.
    if generation.state.status == Status::Queued && generation.state.cancel_requested {
        return ending::end_without_worker(app, generation, Outcome::Canceled).await;
    }
    Ok(ending::try_conclude(app, generation).await?)
}

/// What an attempt spent is booked even if its generation has gone on, or is gone, without it. The
/// books know an entry they have.
async fn book_spent(app: &App, ended: &Ended) -> Result<(), EndError> {
    let rows = ending::booking_rows(ended, app.now(), app.config.claim);
    for row in rows.into_iter().filter(|row| row.topic == Topic::UsageEvents) {
        app.ports.queue.publish(&row.topic, row.envelope, None).await?;
    }
    Ok(())
}
