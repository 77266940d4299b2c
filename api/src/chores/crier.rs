//! Tells every process what happened to what users have, and this process's pages what it hears.

use domain::notice::{News, Notice};
use futures_util::StreamExt;
use ports::live::Heard;
use tokio::sync::mpsc::Receiver;
use tokio_util::sync::CancellationToken;

use super::Patience;
use crate::{app::App, ending::EndError, error::chain, feeds::Announcement};

/// Tells and hears until `stop`.
pub(crate) async fn run(
    app: App,
    mut announcements: Receiver<Announcement>,
    stop: CancellationToken,
) {
    let work = async { tokio::join!(hear_always(&app, &stop), tell_all(&app, &mut announcements)) };
    stop.run_until_cancelled(work).await;
}

async fn hear_always(app: &App, stop: &CancellationToken) {
    let mut patience = Patience::default();
    let mut is_first = true;
    loop {
        match app.ports.notices.listen().await {
            Ok(mut notices) => {
                if !is_first {
                    app.feeds.miss();
                }
                is_first = false;
                while let Some(heard) = notices.next().await {
                    patience = Patience::default();
                    match heard {
                        Heard::Notice(notice) => app.feeds.hear(notice),
                        Heard::Missed => app.feeds.miss(),
                    }
                }
            }
            Err(error) => {
                is_first = false;
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
