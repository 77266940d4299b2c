//! Mails the links that were asked for, behind the replies: whether an address has an account is looked up
//! here, where no caller waits for it, so that none can tell by the time it takes.
//!
//! What waits is in this process alone. If it dies, no letter comes, and whoever waits for one asks again.

use std::{num::NonZeroU32, sync::Arc, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use ports::{
    live::Quota,
    mail::{Letter, Mail, MailError},
};
use tokio::{
    sync::{OwnedSemaphorePermit, Semaphore, mpsc::Receiver},
    time::sleep,
};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    auth::meant,
    error::{ApiError, chain},
    letters::{self, Addressee},
    quota::{self, Bucket},
};

/// How many letters are handed over at once.
const AT_ONCE: usize = 4;

/// How many are under way: those, and others that rest until they are handed over again.
const UNDER_WAY: usize = 64;

/// One of the places at which letters are handed over.
type Place = OwnedSemaphorePermit;

/// How often a mailbox is written to, whoever asks for it.
const PER_MAILBOX: Quota =
    Quota { times: NonZeroU32::new(5).expect("5 is not zero"), per: Duration::from_hours(1) };

/// Mails links until `stop`; then those that wait, as far as there is time.
pub(crate) async fn run(app: App, asked: Receiver<Addressee>, stop: CancellationToken) {
    let places = Arc::new(Semaphore::new(AT_ONCE));
    let answer = |(whom, place)| answer(&app, &places, whom, place);
    let asked = until(stop.clone(), asked, Arc::clone(&places));
    let work = asked.for_each_concurrent(UNDER_WAY, answer);
    let late = async {
        stop.cancelled().await;
        sleep(app.config.drain).await;
    };
    tokio::select! {
        () = work => {}
        () = late => tracing::warn!("stopped before every link was mailed"),
    }
}

/// What was asked before `stop`, each when there is a place for it.
fn until(
    stop: CancellationToken,
    asked: Receiver<Addressee>,
    places: Arc<Semaphore>,
) -> impl Stream<Item = (Addressee, Place)> {
    stream::unfold((stop, asked), move |(stop, mut asked)| {
        let places = Arc::clone(&places);
        async move {
            let place = places.acquire_owned().await.ok()?;
            let next = tokio::select! {
                biased;
                next = asked.recv() => next,
                () = stop.cancelled() => {
                    asked.close();
                    asked.recv().await
                }
            };
            next.map(|whom| ((whom, place), (stop, asked)))
        }
    })
}

async fn answer(app: &App, places: &Arc<Semaphore>, whom: Addressee, place: Place) {
    match try_answer(app, places, &whom, place).await {
        Ok(()) => {}
        Err(ApiError::Unavailable(error) | ApiError::Internal(error)) => {
            tracing::warn!(error = chain(error.as_ref()), "a link was not mailed");
        }
        // Nobody is told: its owner has enough letters.
        Err(_) => tracing::debug!("a mailbox was written to often enough"),
    }
}

async fn try_answer(
    app: &App,
    places: &Arc<Semaphore>,
    Addressee { email, names }: &Addressee,
    place: Place,
) -> Result<(), ApiError> {
    let mailbox = Bucket { name: "links-to", who: email.as_str() };
    quota::check(app, mailbox, PER_MAILBOX, app.now()).await?;
    let account = meant(app, names).await?;
    let id = account.as_ref().map(|account| account.user.id.to_string());
    app.audit(None, "user.link_asked", id.as_deref().unwrap_or(email.as_str())).await?;
    let due = letters::due(app, email, account.as_ref());
    if let Some((letter, (mail, _))) = due.zip(letters::post(app)) {
        let sent = hand_over(app, places, mail, &letter, place).await;
        instruments::letter_sent(sent.is_ok());
        sent?;
    }
    Ok(())
}

/// Hands `letter` over, again if it is not taken for the moment: whoever waits for it was told that it comes.
async fn hand_over(
    app: &App,
    places: &Arc<Semaphore>,
    mail: &dyn Mail,
    letter: &Letter,
    first: Place,
) -> Result<(), MailError> {
    let (mut pauses, mut place) = (app.config.letter_pauses.iter(), Some(first));
    loop {
        let sent = mail.send(letter).await;
        match (sent, pauses.next()) {
            (Err(error), Some(pause)) if error.is_passing => {
                tracing::info!(error = chain(&error), ?pause, "a letter is handed over again");
                // Who rests keeps no place.
                drop(place.take());
                sleep(*pause).await;
                place = Arc::clone(places).acquire_owned().await.ok();
            }
            (sent, _) => return sent,
        }
    }
}
