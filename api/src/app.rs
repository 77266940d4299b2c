//! What every handler and chore shares.

use std::{ops::Deref, sync::Arc};

use domain::time::Timestamp;
use ports::store::{NewOutboxRow, OutboxRow};
use secrecy::ExposeSecret;
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;

use crate::{
    auth::{AccessTokens, Passwords, RefreshTokens, Standing, WelcomeGate},
    config::Config,
    edge::Seats,
    health::Health,
    ports::Ports,
};

/// How many rows may wait for the relay in memory. More than that stay in the store, where the
/// relay finds them after their claim has lapsed.
const HANDED_OVER: usize = 1024;

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
    pub(crate) passwords: Passwords,
    pub(crate) standing: Standing,
    pub(crate) welcome: Option<WelcomeGate>,
    pub(crate) seats: Seats,
    pub(crate) health: Health,
    pub(crate) shutdown: CancellationToken,
    handover: mpsc::Sender<OutboxRow>,
}

/// The other end of the way on which freshly committed rows reach the relay.
#[derive(Debug)]
pub struct Inbox(pub(crate) mpsc::Receiver<OutboxRow>);

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
        let (handover, inbox) = mpsc::channel(HANDED_OVER);
        let shared = Shared {
            access: AccessTokens::new(secret, config.access_ttl),
            refresh: RefreshTokens::new(secret),
            passwords: Passwords::default(),
            standing: Standing::default(),
            welcome: config.welcome.as_ref().map(WelcomeGate::new),
            seats: Seats::default(),
            health: Health::default(),
            shutdown,
            handover,
            config,
            ports,
        };
        Ok((Self(Arc::new(shared)), Inbox(inbox)))
    }

    /// Now.
    pub(crate) fn now(&self) -> Timestamp {
        self.ports.clock.now()
    }

    /// Hands rows that were just committed, claimed, to the relay, so that they are published at
    /// once. Those that do not fit are published when their claim has lapsed.
    pub(crate) fn hand_over(&self, rows: Vec<NewOutboxRow>) {
        for NewOutboxRow { id, topic, envelope, .. } in rows {
            if self.handover.try_send(OutboxRow { id, topic, envelope }).is_err() {
                return;
            }
        }
    }

    /// Hands a claimed row to the relay, waiting for room.
    pub(crate) async fn hand_over_claimed(&self, row: OutboxRow) {
        // The relay has ended: the claim lapses, and another one takes the row.
        let _ = self.handover.send(row).await;
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
