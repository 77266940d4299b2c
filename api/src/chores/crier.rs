//! Tells every process what happened to what users have, and this process's pages what it hears.

use std::time::Duration;

use domain::notice::{News, Notice};
use futures_util::StreamExt;
use ports::live::Heard;
use tokio::{sync::mpsc::Receiver, time::timeout};
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{app::App, ending::EndError, error::chain, feeds::Announcement};

/// How long the last news may take after the stop.
const LAST: Duration = Duration::from_secs(1);

/// Tells and hears until `stop`, and then tells what was announced before.
pub(crate) async fn run(
    app: App,
    mut announcements: Receiver<Announcement>,
    stop: CancellationToken,
) {
    let work = async { tokio::join!(hear_always(&app, &stop), tell_all(&app, &mut announcements)) };
    stop.run_until_cancelled(work).await;
    // Pages at other processes hear of the last answers, too.
    announcements.close();
    let _ = timeout(LAST, tell_all(&app, &mut announcements)).await;
}

async fn hear_always(app: &App, stop: &CancellationToken) {
    let mut patience = Patience::default();
    loop {
        match app.ports.notices.listen().await {
            Ok(mut notices) => {
                // Whoever is here already was not heard for.
                app.feeds.miss();
                while let Some(heard) = notices.next().await {
                    patience = Patience::default();
                    match heard {
                        Heard::Notice(notice) => app.feeds.hear(notice),
                        Heard::Missed => app.feeds.miss(),
                    }
                }
            }
            Err(error) => {
                tracing::warn!(error = chain(&error), "no news are heard");
            }
        }
        patience.wait(stop).await;
    }
}

async fn tell_all(app: &App, announcements: &mut Receiver<Announcement>) {
    while let Some(announcement) = announcements.recv().await {
        if let Err(error) = tell(app, announcement).await {
            tracing::debug!(error = chain(&error), "news were not told");
        }
    }
}

async fn tell(app: &App, announcement: Announcement) -> Result<(), EndError> {
    let notice = match announcement {
        Announcement::Notice(notice) => Some(notice),
        Announcement::Named(user_id, chat_id) => {
            let chat = app.ports.chats.find(user_id, chat_id).await?;
            chat.map(|chat| Notice { user_id, news: News::Chat { chat_id, title: chat.title } })
        }
    };
    if let Some(notice) = notice {
        app.ports.notices.tell(&notice).await?;
    }
    Ok(())
}
