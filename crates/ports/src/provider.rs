//! An LLM provider, as a worker calls it.

use std::sync::{
    Arc,
    atomic::{AtomicBool, Ordering},
};

use async_trait::async_trait;
use domain::{
    attempt::FinishReason,
    failure::CallFailure,
    job::{Sampling, Turn},
    key::Uses,
    usage::Usage,
};
use futures_util::stream::BoxStream;
use secrecy::SecretString;

/// A key of a provider, and what is said of it.
#[derive(Debug, Clone)]
pub struct ProviderKey {
    /// What the provider knows us by.
    pub secret: SecretString,
    /// How often it comes, compared with others; 1 to 100.
    pub weight: u16,
    /// Keys of one group are limited by the provider together.
    pub group: Option<String>,
    /// What it may use.
    pub uses: Uses,
    /// How many calls it may have under way; any number when absent.
    pub concurrency: Option<u32>,
    /// The proxy its calls go through, always the same; absent, as the environment says.
    pub proxy: Option<SecretString>,
}

impl From<SecretString> for ProviderKey {
    fn from(secret: SecretString) -> Self {
        let uses = Uses::default();
        Self { secret, weight: 1, group: None, uses, concurrency: None, proxy: None }
    }
}

/// Whether a provider may have got a request, which it then has to be paid for. Clones share it.
#[derive(Debug, Clone, Default)]
pub struct Sent(Arc<AtomicBool>);

impl Sent {
    /// Notes that it goes out now.
    pub fn note(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Notes that it was refused, which costs nothing.
    pub fn refused(&self) {
        self.0.store(false, Ordering::Relaxed);
    }

    /// Whether it may have arrived.
    #[must_use]
    pub fn may_have_arrived(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What to ask.
#[derive(Debug, Clone, Copy)]
pub struct Call<'a> {
    /// Which model.
    pub model: &'a str,
    /// The rules put before the chat, if any.
    pub system: Option<&'a str>,
    /// The chat so far, oldest first.
    pub turns: &'a [Turn],
    /// How to sample.
    pub sampling: Sampling,
    /// The most tokens that the model puts out, if it is known; that of `sampling` is not above
    /// it. For dialects that want a limit where nobody asks for one.
    pub max_output: Option<u32>,
    /// With which key.
    pub key: &'a SecretString,
    /// Through which proxy; absent, as the environment says.
    pub proxy: Option<&'a SecretString>,
    /// Where it is noted that the request goes out: whoever does not wait for the answer has to know.
    pub sent: &'a Sent,
}

/// A look whether a key is well.
#[derive(Debug, Clone, Copy)]
pub struct ProbeCall<'a> {
    /// Which key.
    pub key: &'a SecretString,
    /// Through which proxy; absent, as the environment says.
    pub proxy: Option<&'a SecretString>,
}

/// A piece of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Chunk {
    /// More text, never empty.
    Text(String),
    /// What it costs; a later one replaces an earlier one.
    Usage(Usage),
    /// The positive end signal. Usage may still follow; text may not.
    Finish(FinishReason),
}

/// The pieces of an answer as they come. An error is the last item. Dropping it ends the request.
pub type Chunks = BoxStream<'static, Result<Chunk, CallFailure>>;

/// An LLM provider.
#[async_trait]
pub trait Provider: Send + Sync {
    /// Asks for an answer. Returns when the provider has accepted the request and begun to answer. Notes in
    /// [`Call::sent`] when the request goes out, not before there is a connection.
    ///
    /// Every answer that ends without an error has given a `Finish`. Waits are bounded: to connect,
    /// for the first token, between tokens (what is not text is no progress), and in all.
    async fn stream(&self, call: Call<'_>) -> Result<Chunks, CallFailure>;

    /// Looks whether a key is well, with a request that costs nothing.
    async fn probe(&self, call: ProbeCall<'_>) -> Result<(), CallFailure>;
}
