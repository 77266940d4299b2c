//! The service: two books, kept until told to stop.

use std::{fmt, sync::Arc, time::Duration};

use domain::price::Prices;
use ports::{Broker, Clock, Store, queue::Queue, store::Ledger};
use tokio_util::sync::CancellationToken;

use crate::{
    batch::Clerk,
    book::{AuditBook, UsageBook},
};

/// The configuration of the service.
#[derive(Debug, Clone)]
pub struct Config {
    /// How many entries go in one transaction.
    pub batch: u16,
    /// How long entries are collected for one transaction.
    pub collect: Duration,
    /// For how long what keeps arriving is booked after the stop; what is left then, another one books.
    pub ending: Duration,
    /// How long to wait at most before something that does not answer is tried again.
    pub longest_pause: Duration,
    /// What tokens cost.
    pub prices: Prices,
}

impl Default for Config {
    fn default() -> Self {
        let collect = Duration::from_millis(100);
        let (longest_pause, ending) = (Duration::from_secs(5), Duration::from_secs(5));
        Self { batch: 500, collect, ending, longest_pause, prices: Prices::default() }
    }
}

/// Everything the service may touch.
#[derive(Clone)]
pub struct Ports {
    /// The time of day.
    pub clock: Arc<dyn Clock>,
    /// Where entries come from.
    pub queue: Arc<dyn Queue>,
    /// The books.
    pub ledger: Arc<dyn Ledger>,
}

impl Ports {
    /// What the service may touch of an installation.
    #[must_use]
    pub fn new(clock: Arc<dyn Clock>, store: &Store, broker: &Broker) -> Self {
        Self { clock, queue: Arc::clone(&broker.queue), ledger: Arc::clone(&store.ledger) }
    }
}

impl fmt::Debug for Ports {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ports").finish_non_exhaustive()
    }
}

/// Keeps the books until `shutdown`; then books what has arrived before, for [`Config::ending`] at most, and returns.
pub async fn run(config: Config, ports: Ports, shutdown: CancellationToken) {
    let (config, ports, stop) = (&config, &ports, &shutdown);
    let book = UsageBook { prices: config.prices.clone() };
    let usage = Clerk { book, config, ports, stop };
    let audit = Clerk { book: AuditBook, config, ports, stop };
    tokio::join!(usage.keep(), audit.keep());
}
