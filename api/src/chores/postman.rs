//! Mails the links that were asked for, behind the replies: whether an address has an account is looked up
//! here, where no caller waits for it, so that none can tell by the time it takes.
//!
//! What waits is in this process alone. If it dies, no letter comes, and whoever waits for one asks again.

use std::{num::NonZeroU32, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use ports::{
    live::Quota,
    mail::{Letter, Mail, MailError},
};
use tokio::{
    sync::{Semaphore, mpsc::Receiver},
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

/// How often a mailbox is written to, whoever asks for it.
const PER_MAILBOX: Quota =
    Quota { times: NonZeroU32::new(5).expect("5 is not zero"), per: Duration::from_hours(1) };

/// Mails links until `stop`; then those that wait, as far as there is time.
pub(crate) async fn run(app: App, asked: Receiver<Addressee>, stop: CancellationToken) {
    let counter = Semaphore::new(AT_ONCE);
    let answer = |whom| answer(&app, &counter, whom);
    let work = until(stop.clone(), asked).for_each_concurrent(UNDER_WAY, answer);
    let late = async {
        stop.cancelled().await;
        sleep(app.config.drain).await;
    };
    tokio::select! {
        () = work => {}
        () = late => tracing::warn!("stopped before every link was mailed"),
    }
}

/// What was asked before `stop`.
fn until(stop: CancellationToken, asked: Receiver<Addressee>) -> impl Stream<Item = Addressee> {
    stream::unfold((stop, asked), async |(stop, mut asked)| {
        let next = tokio::select! {
            biased;
            next = asked.recv() => next,
            () = stop.cancelled() => {
                asked.close();
                asked.recv().await
            }
        };
        next.map(|whom| (whom, (stop, asked)))
    })
}

async fn answer(app: &App, counter: &Semaphore, whom: Addressee) {
    match try_answer(app, counter, &whom).await {
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
    counter: &Semaphore,
    Addressee { email, names }: &Addressee,
) -> Result<(), ApiError> {
    let place = counter.acquire().await;
    let mailbox = Bucket { name: "links-to", who: email.as_str() };
    quota::check(app, mailbox, PER_MAILBOX, app.now()).await?;
    let account = meant(app, names).await?;
    let id = account.as_ref().map(|account| account.user.id.to_string());
    app.audit(None, "user.link_asked", id.as_deref().unwrap_or(email.as_str())).await?;
    let due = letters::due(app, email, account.as_ref());
    drop(place);
    if let Some((letter, (mail, _))) = due.zip(letters::post(app)) {
        let sent = hand_over(app, counter, mail, &letter).await;
        instruments::letter_sent(sent.is_ok());
        sent?;
    }
    Ok(())
}

/// Hands `letter` over, again if it is not taken for the moment: whoever waits for it was told that it comes.
async fn hand_over(
    app: &App,
    counter: &Semaphore,
    mail: &dyn Mail,
    letter: &Letter,
) -> Result<(), MailError> {
    let mut pauses = app.config.letter_pauses.iter();
    loop {
        // Who rests keeps no place.
        let sent = {
            let _place = counter.acquire().await;
            mail.send(letter).await
        };
        match (sent, pauses.next()) {
            (Err(error), Some(pause)) if error.is_passing => {
                tracing::info!(error = chain(&error), ?pause, "a letter is handed over again");
                sleep(*pause).await;
            }
            (sent, _) => return sent,
        }
    }
}
