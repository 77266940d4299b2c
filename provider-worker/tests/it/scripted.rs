//! A provider made of words, for tests in turned time.

use std::{
    sync::{Mutex, MutexGuard},
    time::Duration,
};

use async_trait::async_trait;
use domain::{
    attempt::FinishReason,
    failure::{CallFailure, ErrorClass},
};
use futures_util::{StreamExt, stream};
use ports::provider::{Call, Chunk, Chunks, ProbeCall, Provider};
use secrecy::ExposeSecret;
use tokio::time::{Instant, sleep};

/// What a call does.
#[derive(Clone)]
pub enum Say {
    /// Answers with these pieces.
    Text(&'static [&'static str]),
    /// Answers with these pieces, each after a while.
    Slowly(&'static [&'static str], Duration),
    /// Refuses.
    Refuse(CallFailure),
    /// Breaks off after this text.
    Break(&'static str, ErrorClass),
    /// Breaks off so long after this text.
    BreakAfter(&'static str, Duration, ErrorClass),
    /// Says this, and then nothing more.
    Stall(&'static str),
    /// Refuses so after a while.
    RefuseLate(Duration, ErrorClass),
    /// Panics.
    Panic,
}

pub fn refuse(class: ErrorClass) -> Say {
    Say::Refuse(CallFailure::new(class, "said no"))
}

/// Does what it was told, call by call; the last word goes on for ever.
pub struct Scripted {
    script: Mutex<Vec<Say>>,
    calls: Mutex<Vec<(Duration, String)>>,
    epoch: Instant,
}

impl Scripted {
    pub fn new(script: &[Say]) -> Self {
        let mut script = script.to_vec();
        script.reverse();
        let (script, calls) = (Mutex::new(script), Mutex::default());
        Self { script, calls, epoch: Instant::now() }
    }

    /// When calls came, and with which keys.
    pub fn calls(&self) -> MutexGuard<'_, Vec<(Duration, String)>> {
        self.calls.lock().unwrap()
    }

    fn next(&self) -> Say {
        let mut script = self.script.lock().unwrap();
        if script.len() > 1 { script.pop().unwrap() } else { script[0].clone() }
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a stream gives results")]
fn text(text: &str) -> Result<Chunk, CallFailure> {
    Ok(Chunk::Text(text.to_owned()))
}

#[async_trait]
impl Provider for Scripted {
    async fn probe(&self, _call: ProbeCall<'_>) -> Result<(), CallFailure> {
        Ok(())
    }

    async fn stream(&self, call: Call<'_>) -> Result<Chunks, CallFailure> {
        self.calls().push((self.epoch.elapsed(), call.key.expose_secret().to_owned()));
        Ok(match self.next() {
            Say::Text(pieces) => {
                let end = Ok(Chunk::Finish(FinishReason::Stop));
                stream::iter(pieces.iter().map(|piece| text(piece)).chain([end])).boxed()
            }
            Say::Slowly(pieces, gap) => {
                let end = Ok(Chunk::Finish(FinishReason::Stop));
                let chunks = pieces.iter().map(|piece| text(piece)).chain([end]);
                let slowly = stream::iter(chunks).then(move |chunk| async move {
                    sleep(gap).await;
                    chunk
                });
                slowly.boxed()
            }
            Say::Refuse(failure) => return Err(failure),
            Say::Break(before, class) => {
                stream::iter([text(before), Err(CallFailure::new(class, "broke off"))]).boxed()
            }
            Say::BreakAfter(before, wait, class) => {
                let end = async move {
                    sleep(wait).await;
                    Err(CallFailure::new(class, "broke off"))
                };
                stream::iter([text(before)]).chain(stream::once(end)).boxed()
            }
            Say::Stall(before) => stream::iter([text(before)]).chain(stream::pending()).boxed(),
            Say::RefuseLate(after, class) => {
                tokio::time::sleep(after).await;
                return Err(CallFailure::new(class, "said no at last"));
            }
            Say::Panic => panic!("the provider was told to panic"),
        })
    }
}
