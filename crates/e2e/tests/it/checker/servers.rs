//! Invariant 11: nothing is left in a queue.

use super::{
    Evidence,
    broker::{BrokerState, is_dead_letters},
    live::LiveState,
    must,
    secrets::{self, Leaks},
};
use crate::stack::{Distributed, Growth, Service};

/// What is left on the servers.
#[derive(Debug, Clone, Default)]
pub struct ServersState {
    /// What the broker holds.
    pub broker: BrokerState,
    /// What the live side holds.
    pub live: LiveState,
    /// Which processes live, by the name of their program.
    pub alive: Vec<(String, u32)>,
    /// Where secrets were found.
    pub leaks: Leaks,
    /// How each process has grown.
    pub growth: Vec<Growth>,
}

impl ServersState {
    /// Reads what the engines of `installation` hold.
    pub async fn read(installation: &mut Distributed) -> Self {
        let living = installation.services().filter_map(Service::living);
        let alive = living.map(|(program, id)| (program.to_owned(), id)).collect();
        let engines = &installation.engines;
        let broker = BrokerState::read(engines).await;
        let live = LiveState::read(&engines.redis).await;
        Self { broker, live, alive, ..Self::default() }
    }

    /// The same, with a look for secrets, which takes long.
    pub async fn read_all(installation: &mut Distributed) -> Self {
        let state = Self::read(installation).await;
        let processes: Vec<u32> = state.alive.iter().map(|(_, id)| *id).collect();
        let leaks = secrets::search(installation, &processes).await;
        let growth = installation.services().filter_map(Service::growth).collect();
        Self { leaks, growth, ..state }
    }
}

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    let queues = &evidence.servers.broker.queues;
    for (name, waiting) in queues.iter().filter(|(name, _)| !is_dead_letters(name)) {
        must(found, 11, *waiting == 0, || format!("{waiting} messages are left in {name}"));
    }
}
