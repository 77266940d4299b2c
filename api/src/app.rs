//! What every handler and chore shares.

use std::{ops::Deref, sync::Arc};

use domain::{
    chat::Chat,
    generation::Generation,
    id::UserId,
    notice::{News, Notice},
    time::Timestamp,
};
use ports::store::OutboxRow;
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{
        AccessTokens, Devices, KnownKeys, Links, Passwords, RefreshTokens, SignIns, Standing,
        Tickets, WelcomeGate,
    },
    availability::Availability,
    config::Config,
    edge::Seats,
    feeds::{Announcement, Announcements, Feeds},
    handover::Handover,
    health::Health,
    letters::{Addressee, Asked},
    ports::Ports,
    searches::Searches,
};

/// The least length of the secret that signs tokens (RFC 7518, 3.2: as long as the hash).
const SECRET_MIN_BYTES: usize = 32;

/// What every handler and chore shares. Cheap to clone.
#[derive(Clone)]
pub struct App(Arc<Shared>);

/// See [`App`].
pub struct Shared {
    pub(crate) config: Config,
    pub(crate) ports: Ports,
    pub(crate) access: AccessTokens,
    pub(crate) refresh: RefreshTokens,
    pub(crate) devices: Devices,
    pub(crate) passwords: Passwords,
    pub(crate) standing: Standing,
    pub(crate) sign_ins: SignIns,
    pub(crate) known_keys: KnownKeys,
    pub(crate) tickets: Tickets,
    pub(crate) links: Links,
    pub(crate) welcome: Option<WelcomeGate>,
    pub(crate) seats: Seats,
    pub(crate) availability: Availability,
    pub(crate) feeds: Feeds,
    pub(crate) announcements: Announcements,
    pub(crate) asked: Asked,
    /// Turns of those who search.
    pub(crate) searches: Searches,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
    pub(crate) handover: Handover,
}

/// What handlers leave for the chores: freshly committed rows for the relay, news for the crier, addresses
/// for the postman.
#[derive(Debug)]
pub struct Inbox {
    pub(crate) rows: mpsc::Receiver<OutboxRow>,
    pub(crate) news: mpsc::Receiver<Announcement>,
    pub(crate) asked: mpsc::Receiver<Addressee>,
}

/// The secret that signs tokens is too short.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the token secret must be at least {SECRET_MIN_BYTES} bytes long")]
pub struct WeakSecret;

impl App {
    /// Puts it together. The inbox goes to the relay; without one, rows wait for somebody else's.
    pub fn new(
        config: Config,
        ports: Ports,
        shutdown: CancellationToken,
    ) -> Result<(Self, Inbox), WeakSecret> {
        let secret = config.jwt_secret.expose_secret().as_bytes();
        if secret.len() < SECRET_MIN_BYTES {
            return Err(WeakSecret);
        }
        let previous = config.jwt_secret_previous.as_ref();
        let previous = previous.map(|secret| secret.expose_secret().as_bytes());
        let (handover, rows) = Handover::new();
        let (announcements, news) = Announcements::new();
        let (asked, addresses) = Asked::new();
        let shared = Shared {
            access: AccessTokens::new(secret, previous, config.access_ttl),
            refresh: RefreshTokens::new(secret, previous),
            devices: Devices::new(secret, previous),
            passwords: Passwords::default(),
            standing: Standing::default(),
            sign_ins: SignIns::default(),
            known_keys: KnownKeys::default(),
            tickets: Tickets::new(secret, previous),
            links: Links::new(secret, previous),
            welcome: config.welcome.as_ref().map(WelcomeGate::new),
            seats: Seats::new(config.streams_per_user, config.streams_in_all),
            availability: Availability::default(),
            feeds: Feeds::default(),
            announcements,
            asked,
            searches: Searches::default(),
            health: Health::default(),
            shutdown,
            handover,
            config,
            ports,
        };
        Ok((Self(Arc::new(shared)), Inbox { rows, news, asked: addresses }))
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Has everybody who looks at `generation` told where it is.
    pub(crate) fn announce(&self, generation: &Generation) {
        self.announcements.leave(Announcement::Notice(Notice::of(generation)));
    }

    /// Has its owner's pages told what `chat` is called.
    pub(crate) fn announce_chat(&self, chat: &Chat) {
        let news = News::Chat { chat_id: chat.id, title: chat.title.clone() };
        self.tell(chat.owner, news);
    }

    /// Has the pages of `user_id` told.
    pub(crate) fn tell(&self, user_id: UserId, news: News) {
        self.announcements.leave(Announcement::Notice(Notice { user_id, news }));
    }
}

impl Deref for App {
    type Target = Shared;

    fn deref(&self) -> &Shared {
        &self.0
    }
}

impl std::fmt::Debug for App {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("App").finish_non_exhaustive()
    }
}
