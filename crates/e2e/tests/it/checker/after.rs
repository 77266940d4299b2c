//! The end of a run: all becomes quiet, everything is read, every process ends.

use simulated_provider::Record;
use tokio::time::{Duration, sleep, timeout};

use super::{
    Case, Evidence, History, ServersState, StoreState, leavings, letters, secrets::Secrets,
    violations,
};
use crate::{
    PATIENCE,
    chance::{Replay, replay},
    stack::{Distributed, Ending},
};

/// What was read at the end of a run.
pub struct Inspected {
    store: StoreState,
    servers: ServersState,
    record: Record,
    endings: Vec<Ending>,
    /// What each process said.
    pub outputs: Vec<(String, String)>,
    told: Vec<String>,
}

impl Inspected {
    /// Everything that is wrong with it.
    pub fn violations(&self, history: &History, case: &Case) -> Vec<String> {
        let mut found = violations(&Evidence {
            store: &self.store,
            servers: &self.servers,
            history,
            record: &self.record,
            endings: &self.endings,
            outputs: &self.outputs,
            case,
        });
        let told = self.told.iter();
        found.extend(told.map(|name| format!("invariant 19: {name} told somebody's secret")));
        found
    }
}

/// Reads everything that `installation` has, and ends it.
pub async fn inspect(mut installation: Distributed) -> Inspected {
    let store = StoreState::read(&installation.engines.database_url).await;
    let servers = ServersState::read_all(&mut installation).await;
    let record = installation.stack.record();
    let secrets = Secrets::of(&installation.urls());
    let (outputs, endings, engines) = installation.terminate().await;
    engines.remove().await;
    let tells = |(_, output): &&(String, String)| secrets.in_text(output) > 0;
    let told = outputs.iter().filter(tells).map(|(name, _)| name.clone()).collect();
    Inspected { store, servers, record, endings, outputs, told }
}

/// Whether nothing is left to be done or tidied up in `installation`, where `case` was done.
pub async fn is_quiet(installation: &mut Distributed, history: &History, case: &Case) -> bool {
    let store = StoreState::read(&installation.engines.database_url).await;
    if !store.is_quiet() {
        return false;
    }
    let servers = ServersState::read(installation).await;
    if !servers.broker.is_quiet() {
        return false;
    }
    // What is listed comes a little later than what is so; what is left now and not later is no fault.
    let (record, mut found) = (installation.stack.record(), Vec::new());
    let endings = installation.endings();
    let evidence = Evidence {
        store: &store,
        servers: &servers,
        history,
        record: &record,
        endings: &endings,
        outputs: &[],
        case,
    };
    letters::check(&evidence, &mut found);
    leavings::check(&evidence, &mut found);
    found.is_empty()
}

impl Distributed {
    /// Waits until all is done, ends it, and fails if anything is wrong.
    pub async fn stop(self) {
        Box::pin(self.stop_after(Case::default())).await;
    }

    /// The same, where `case` was done.
    pub async fn stop_after(mut self, case: Case) {
        let _replay = Replay;
        let history = self.stack.history.clone();
        // What is not so by then is told as what is wrong.
        let _ = timeout(PATIENCE, until_quiet(&mut self, &history, &case)).await;
        let found = Box::pin(inspect(self)).await.violations(&history, &case);
        assert!(found.is_empty(), "{}\n{}", found.join("\n"), replay());
    }
}

async fn until_quiet(installation: &mut Distributed, history: &History, case: &Case) {
    // Queues are counted one after the other: a message on its way between two may be missed once.
    let mut quiet_looks = 0;
    while quiet_looks < 2 {
        let quiet = is_quiet(installation, history, case).await;
        quiet_looks = if quiet { quiet_looks + 1 } else { 0 };
        sleep(Duration::from_millis(100)).await;
    }
}
