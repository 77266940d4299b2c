//! Letters, kept instead of sent.

use std::collections::VecDeque;

use async_trait::async_trait;
use ports::mail::{Letter, Mail, MailError};
use tokio::sync::{
    Mutex, Semaphore,
    mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
};

/// Every letter that was sent.
pub struct Mailbox {
    sent: UnboundedSender<Letter>,
    arrived: Mutex<UnboundedReceiver<Letter>>,
    /// How many letters may still be taken.
    room: Semaphore,
    /// How the next ones are refused: for the moment, or for good.
    refusals: Mutex<VecDeque<bool>>,
}

impl Default for Mailbox {
    fn default() -> Self {
        let (sent, arrived) = unbounded_channel();
        Self {
            sent,
            arrived: Mutex::new(arrived),
            room: Semaphore::new(Semaphore::MAX_PERMITS),
            refusals: Mutex::default(),
        }
    }
}

#[async_trait]
impl Mail for Mailbox {
    async fn send(&self, letter: &Letter) -> Result<(), MailError> {
        self.room.acquire().await.expect("it is never closed").forget();
        let refusal = self.refusals.lock().await.pop_front();
        if let Some(is_passing) = refusal {
            return Err(MailError { is_passing, source: "refused".into() });
        }
        self.sent.send(letter.clone()).expect("the mailbox is there");
        Ok(())
    }
}

impl Mailbox {
    /// The next letter.
    pub async fn next(&self) -> Letter {
        self.arrived.lock().await.recv().await.expect("the mailbox is there")
    }

    /// What the link of the next letter carries; fails if it is to somebody else.
    pub async fn next_token(&self, to: &str) -> String {
        let letter = self.next().await;
        assert_eq!(letter.to.as_str(), to);
        let link = letter.text.lines().find(|line| line.starts_with("https://chat.example.org/#"));
        link.unwrap().strip_prefix("https://chat.example.org/#/link/").unwrap().to_owned()
    }

    /// To whom letters have come that nobody looked at.
    pub async fn others(&self) -> Vec<String> {
        let mut arrived = self.arrived.lock().await;
        std::iter::from_fn(|| arrived.try_recv().ok()).map(|letter| letter.to.into()).collect()
    }

    /// Refuses the next letters: those of `refusals` that are true for the moment, the others for good.
    pub async fn refuse(&self, refusals: &[bool]) {
        self.refusals.lock().await.extend(refusals);
    }

    /// Whether all were refused that were to be.
    pub async fn has_refused(&self) -> bool {
        self.refusals.lock().await.is_empty()
    }

    /// Takes no more letters: whoever sends one waits.
    pub fn close(&self) {
        self.room.forget_permits(Semaphore::MAX_PERMITS);
    }

    /// Takes letters again.
    pub fn open(&self) {
        self.room.add_permits(Semaphore::MAX_PERMITS / 2);
    }
}
