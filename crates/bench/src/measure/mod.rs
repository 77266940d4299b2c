//! The measurements.

pub mod accept;
pub mod books;
pub mod control;
pub mod first_token;
pub mod floors;
pub mod idle;
pub mod keys;
pub mod late;
pub mod start;
pub mod stop;
pub mod streams;

use std::time::{Duration, Instant};

use simulated_provider::{CallView, Running};

use crate::{
    bare::Bare,
    client::Client,
    subject::{Kind, Subject},
    viewer::Seen,
};

/// What every measurement needs.
pub struct Bench {
    /// What is measured.
    pub kind: Kind,
    /// Who is asked; runs in this process.
    pub provider: Running,
    /// How long a load lasts.
    pub lasts: Duration,
}

impl Bench {
    /// It, freshly started.
    pub async fn subject(&self) -> anyhow::Result<Subject> {
        self.kind.start(&self.provider.base_url()).await
    }

    /// It, freshly started, and a client with an account of earlier.
    pub async fn rested_subject(&self) -> anyhow::Result<(Subject, Client)> {
        self.kind.start_rested(&self.provider.base_url()).await
    }

    /// The bare chain to compare with, or the one that `keeps`, if what is measured has as many hops.
    pub async fn bare(&self, keeps: bool) -> anyhow::Result<Option<Bare>> {
        match self.kind {
            Kind::One(_) => Ok(None),
            Kind::Many(_) => Ok(Some(Bare::start(&self.provider.base_url(), keeps).await?)),
        }
    }

    /// The provider's record on this process's clock.
    pub fn calls(&self) -> Calls {
        let record = self.provider.record();
        let epoch = Instant::now().checked_sub(record.elapsed()).unwrap_or_else(Instant::now);
        Calls { epoch, calls: record.calls() }
    }
}

/// What the provider did, and when.
pub struct Calls {
    epoch: Instant,
    calls: Vec<CallView>,
}

impl Calls {
    /// The call that `seen` came from.
    pub fn of(&self, seen: &Seen) -> Option<&CallView> {
        self.calls.iter().find(|call| call.number == seen.call)
    }

    /// A time of the record.
    pub fn at(&self, micros: u64) -> Instant {
        self.epoch + Duration::from_micros(micros)
    }
}
