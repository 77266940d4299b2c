//! Mails the links that were asked for, behind the replies: whether an address has an account is looked up
//! here, where no caller waits for it, so that none can tell by the time it takes.
//!
//! What waits is in this process alone. If it dies, no letter comes, and whoever waits for one asks again.

use std::{num::NonZeroU32, time::Duration};

use futures_util::{Stream, StreamExt, stream};
use ports::live::Quota;
use tokio::{sync::mpsc::Receiver, time::sleep};
use tokio_util::sync::CancellationToken;

use crate::{
    app::App,
    auth::meant,
    error::{ApiError, chain},
    letters::{self, Addressee},
    quota::{self, Bucket},
};

/// How many letters are handed over at once.
pub(crate) const AT_ONCE: usize = 4;

/// How often a mailbox is written to, whoever asks for it.
const PER_MAILBOX: Quota =
    Quota { times: NonZeroU32::new(5).expect("5 is not zero"), per: Duration::from_hours(1) };

/// Mails links until `stop`; then those that wait, as far as there is time.
pub(crate) async fn run(app: App, asked: Receiver<Addressee>, stop: CancellationToken) {
    let work = until(stop.clone(), asked).for_each_concurrent(AT_ONCE, |whom| answer(&app, whom));
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

async fn answer(app: &App, whom: Addressee) {
    match try_answer(app, &whom).await {
        Ok(()) => {}
        Err(ApiError::Unavailable(error) | ApiError::Internal(error)) => {
            tracing::warn!(error = chain(error.as_ref()), "a link was not mailed");
        }
        // Nobody is told: its owner has enough letters.
        Err(_) => tracing::debug!("a mailbox was written to often enough"),
    }
}

async fn try_answer(app: &App, Addressee { email, names }: &Addressee) -> Result<(), ApiError> {
    let mailbox = Bucket { name: "links-to", who: email.as_str() };
    quota::check(app, mailbox, PER_MAILBOX, app.now()).await?;
    let account = meant(app, names).await?;
    let id = account.as_ref().map(|account| account.user.id.to_string());
    app.audit(None, "user.link_asked", id.as_deref().unwrap_or(email.as_str())).await?;
    let due = letters::due(app, email, account.as_ref());
    if let Some((letter, (mail, _))) = due.zip(letters::post(app)) {
        let sent = mail.send(&letter).await;
        instruments::letter_sent(sent.is_ok());
        sent?;
    }
    Ok(())
}
