//! A mail server on a free port that keeps what it is given: the other end of every adapter of
//! `ports::mail::Mail`.

mod conversation;
mod received;

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
};

use tokio::{
    net::TcpListener,
    sync::mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
    task::JoinSet,
};

pub use self::received::Received;
use crate::contract::waiting::soon;

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum Encryption {
    /// Never.
    #[default]
    None,
    /// When the other side asks for it (STARTTLS), with a certificate that nobody knows.
    Offered,
    /// From its beginning, with that certificate.
    FromTheStart,
}

/// How the office behaves.
#[derive(Debug, Clone, Default)]
pub struct Manners {
    /// When connections are encrypted.
    pub encryption: Encryption,
    /// Who has to sign in before anything is taken, by name and password; anybody may when absent.
    pub account: Option<(String, String)>,
    /// Refuses every command that begins so, and repeats it, as some servers do.
    pub refuses: Option<&'static str>,
    /// Takes connections and says nothing.
    pub is_silent: bool,
}

/// A mail server on a free port. Closed when it is let go of.
#[derive(Debug)]
pub struct PostOffice {
    address: SocketAddr,
    shared: Arc<Shared>,
    letters: UnboundedReceiver<Received>,
    _work: JoinSet<()>,
}

#[derive(Debug)]
struct Shared {
    manners: Mutex<Manners>,
    /// Every command that was heard, as it was said.
    heard: Mutex<Vec<String>>,
    letters: UnboundedSender<Received>,
}

impl PostOffice {
    /// Opens one.
    pub async fn open(manners: Manners) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (sender, letters) = unbounded_channel();
        let manners = Mutex::new(manners);
        let shared = Arc::new(Shared { manners, heard: Mutex::default(), letters: sender });
        let mut work = JoinSet::new();
        work.spawn(serve(listener, Arc::clone(&shared)));
        Self { address, shared, letters, _work: work }
    }

    /// Where it is.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Changes how it behaves, from the next connection on.
    pub fn behave(&self, manners: Manners) {
        *lock(&self.shared.manners) = manners;
    }

    /// The next letter that it took; fails if none comes.
    pub async fn next(&mut self) -> Received {
        soon(self.letters.recv()).await.expect("the office is open as long as it is held")
    }

    /// A letter that it has taken already.
    pub fn taken(&mut self) -> Option<Received> {
        self.letters.try_recv().ok()
    }

    /// Everything that was said to it, letters apart.
    #[must_use]
    pub fn heard(&self) -> Vec<String> {
        lock(&self.shared.heard).clone()
    }
}

async fn serve(listener: TcpListener, shared: Arc<Shared>) {
    let mut conversations = JoinSet::new();
    loop {
        let (stream, _) = listener.accept().await.unwrap();
        conversations.spawn(conversation::hold(stream, Arc::clone(&shared)));
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
