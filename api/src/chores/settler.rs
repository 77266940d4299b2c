//! Commits what workers report, and says the last words on what has ended.
//!
//! A delivery is acknowledged only after everything that follows from it is done; whatever cannot be
//! done now is tried again. So a report may be settled twice, which changes nothing, and none is lost.

mod last_word;

use std::borrow::Cow;

use domain::{
    attempt::Outcome,
    failure::Failure,
    generation::{Generation, Status},
    id::MessageId,
    report::{Ended, REPORT_VERSION, Report, Spent, Started},
    unreadable::Unreadable,
};
use futures_util::{FutureExt, StreamExt, stream::FuturesUnordered};
use ports::{
    queue::{Deliveries, Delivery, Topic},
    store::{NewOutboxRow, Rest, Settle, Settlement, StoreError},
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
            // The stop first: what is given back then would come again at once, and again, until it came too often.
            biased;
            () = stop.cancelled() => break,
            Some(()) = settling.next() => {}
            delivery = deliveries.next(), if settling.len() < usize::from(AT_ONCE) => match delivery {
                Some(Ok(delivery)) => settling.push(settle(app, delivery, stop)),
                Some(Err(error)) => {
                    tracing::warn!(error = chain(&error), "reports are received no more");
                    break;
                }
                None => break,
            },
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

/// Why a report is not settled.
enum Unsettled {
    /// Something did not answer until the stop.
    Later,
    /// It can never be settled.
    Never(String),
}

async fn settle(app: &App, delivery: Delivery, stop: &CancellationToken) {
    if failpoint::is_planted("ack_before_commit") {
        return too_soon(app, delivery, stop).await;
    }
    let settled = take_in(app, &delivery.envelope.body, stop).await;
    let message_id = delivery.envelope.message_id;
    failpoint::pass("settler.before_ack").await;
    let ended = match settled {
        Ok(()) => delivery.ack().await,
        Err(Unsettled::Later) => delivery.release().await,
        Err(Unsettled::Never(why)) => {
            tracing::error!(%message_id, why, "a report was put aside");
            delivery.dead_letter(&why).await
        }
    };
    if let Err(error) = ended {
        tracing::warn!(%message_id, error = chain(&error), "a settled report will come again");
    }
}

/// The wrong order, for a test that must notice it.
async fn too_soon(app: &App, delivery: Delivery, stop: &CancellationToken) {
    let body = delivery.envelope.body.clone();
    // Whatever comes of it: what is wrong here is wrong on purpose.
    let _ = delivery.ack().await;
    let _ = take_in(app, &body, stop).await;
}

/// Does all that follows from a report.
async fn take_in(app: &App, body: &[u8], stop: &CancellationToken) -> Result<(), Unsettled> {
    match serde_json::from_slice::<Report>(body) {
        Ok(Report::Started(started)) if started.v == REPORT_VERSION => {
            insist(stop, || note_start(app, &started)).await
        }
        Ok(Report::Ended(ended)) if ended.v == REPORT_VERSION => {
            settle_end(app, &ended, stop).await
        }
        Ok(Report::Spent(spent)) if spent.v == REPORT_VERSION => {
            insist(stop, || book(app, &spent)).await
        }
        Ok(_) => Err(Unsettled::Never("unknown version of the report".to_owned())),
        Err(error) => Err(Unsettled::Never(format!("not a report: {}", Unreadable::from(error)))),
    }
}

/// Tries until it is done, can never be done, or `stop`; then one last time.
async fn insist<T, F>(stop: &CancellationToken, work: impl Fn() -> F) -> Result<T, Unsettled>
where
    F: Future<Output = Result<T, EndError>>,
{
    let mut patience = Patience::default();
    loop {
        match work().await {
            Ok(done) => return Ok(done),
            Err(EndError::Store(error @ StoreError::Inconsistent(_))) => {
                return Err(Unsettled::Never(chain(&error)));
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "a report is not settled yet");
                if stop.is_cancelled() {
                    return Err(Unsettled::Later);
                }
                // A stop cuts the wait short, and then there is one last try.
                patience.wait(stop).await;
            }
        }
    }
}

async fn note_start(app: &App, started: &Started) -> Result<(), EndError> {
    match app.ports.progress.started(started).await? {
        Settlement::Changed(generation) => remind(app, &generation).await?,
        Settlement::Unchanged(generation) => {
            remind(app, &generation).await?;
            ending::try_conclude(app, &generation).await?;
        }
        // Its chat was deleted: nobody will read the answer.
        Settlement::Unknown => app.ports.cancels.request(started.generation_id).await?,
    }
    Ok(())
}

/// The live side may have lost the wish to stop that its user had.
async fn remind(app: &App, generation: &Generation) -> Result<(), EndError> {
    if generation.is_to_stop() {
        app.ports.cancels.request(generation.id).await?;
    }
    Ok(())
}

/// First the commit, then what follows from it: a follow-up that fails is not a reason to commit
/// again.
async fn settle_end(app: &App, ended: &Ended, stop: &CancellationToken) -> Result<(), Unsettled> {
    let ended = &*insist(stop, || with_rest(app, ended)).await?;
    let mut settlement = insist(stop, || commit(app, ended, ended)).await?;
    if let Some(last) = insist(stop, || last_word::of(app, ended, &settlement)).await? {
        settlement = insist(stop, || commit(app, &last, ended)).await?;
    }
    if !matches!(settlement, Settlement::Changed(_)) {
        insist(stop, || book_spent(app, ended)).await?;
    }
    let generation = settlement.into_generation();
    insist(stop, || follow_up(app, ended, generation.as_ref())).await
}

/// Whoever reports that a job cannot be read has not looked into its log. Another worker may have
/// written there before, and what viewers saw of it goes before the end.
async fn with_rest<'a>(app: &App, ended: &'a Ended) -> Result<Cow<'a, Ended>, EndError> {
    if !is_of_unreadable(&ended.outcome) {
        return Ok(Cow::Borrowed(ended));
    }
    let Some(generation) = app.ports.progress.find_any(ended.generation_id).await? else {
        return Ok(Cow::Borrowed(ended));
    };
    let after = generation.last_seq.max(ended.last_seq);
    let Rest { events, last_seq } = ending::rest_of_log(app, generation.id, after).await?;
    Ok(Cow::Owned(Ended { events, last_seq, ..ended.clone() }))
}

fn is_of_unreadable(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Failed(failure) if failure.code == Failure::POISON_JOB)
}

/// Commits `ended`, and with it what `booked` puts into the books.
async fn commit(app: &App, ended: &Ended, booked: &Ended) -> Result<Settlement, EndError> {
    let at = app.now();
    let outbox = ending::booking_rows(booked, at, app.config.claim);
    let settle = Settle { ended, message_id: MessageId::generate(at), outbox };
    failpoint::pass("settler.before_commit").await;
    let settlement = app.ports.progress.settle(&settle, at).await?;
    failpoint::pass("settler.after_commit").await;
    if matches!(settlement, Settlement::Changed(_)) {
        app.handover.fresh(settle.outbox);
        ending::count(&ended.provider, &ended.outcome);
    }
    Ok(settlement)
}

async fn follow_up(
    app: &App,
    ended: &Ended,
    generation: Option<&Generation>,
) -> Result<(), EndError> {
    let Some(generation) = generation else {
        let (id, user) = (ended.generation_id, ended.user_id);
        return Ok(ending::conclude_unknown(app, id, user, ended.last_seq).await?);
    };
    // The wish to stop came while the attempt was giving up: there is to be no next one.
    if generation.state.status == Status::Queued && generation.state.cancel_requested {
        return ending::end_without_worker(app, generation, Outcome::Canceled).await;
    }
    Ok(ending::try_conclude(app, generation).await?)
}

/// Nothing else follows from tokens of an attempt that somebody else goes on for, or has ended.
async fn book(app: &App, spent: &Spent) -> Result<(), EndError> {
    add(app, vec![ending::spent_row(spent, app.now(), app.config.claim)]).await
}

/// What an attempt spent is booked even if its generation has gone on, or is gone, without it. The
/// books know an entry they have.
async fn book_spent(app: &App, ended: &Ended) -> Result<(), EndError> {
    let mut rows = ending::booking_rows(ended, app.now(), app.config.claim);
    rows.retain(|row| row.topic == Topic::UsageEvents);
    add(app, rows).await
}

/// Leaves entries to the relay: reports of others do not wait with them for a broker, or for a queue that whoever keeps
/// the books has not made yet.
async fn add(app: &App, rows: Vec<NewOutboxRow>) -> Result<(), EndError> {
    app.ports.outbox.add(&rows).await?;
    app.handover.fresh(rows);
    Ok(())
}
