//! Invariant 19: no secret is told: not in a table, on the live side, in a message, on a command line, in a log.

use std::{collections::BTreeSet, fs};

use super::{Evidence, must};
use crate::{
    client,
    stack::{CANARY, Distributed, Engines, KEYS},
};

/// Where secrets were found.
pub type Leaks = BTreeSet<String>;

/// What nobody may tell.
#[derive(Debug, Clone)]
pub struct Secrets(Vec<String>);

impl Secrets {
    /// Those of the accounts that were made at one of `urls`, and of every installation: the keys of the provider,
    /// and what has the mark of all other secrets.
    pub fn of(urls: &[String]) -> Self {
        let all = KEYS.split(',').map(str::to_owned).chain([CANARY.to_owned()]);
        Self(all.chain(client::secrets_at(urls)).collect())
    }

    /// Those that stand in `text`. They are not told themselves.
    pub fn in_text(&self, text: &str) -> usize {
        self.0.iter().filter(|secret| text.contains(secret.as_str())).count()
    }

    /// As they are.
    pub fn words(&self) -> &[String] {
        &self.0
    }
}

/// Looks for secrets of `installation` wherever something is kept, and on the command lines of `processes`.
pub(super) async fn search(installation: &Distributed, processes: &[u32]) -> Leaks {
    let secrets = Secrets::of(&installation.urls());
    let mut leaks = kept(&installation.engines, &secrets).await;
    for id in processes {
        let line = fs::read(format!("/proc/{id}/cmdline")).unwrap_or_default();
        if secrets.in_text(&String::from_utf8_lossy(&line)) > 0 {
            leaks.insert(format!("the command line of process {id}"));
        }
    }
    leaks
}

/// The same, of what is kept.
pub(super) async fn kept(engines: &Engines, secrets: &Secrets) -> Leaks {
    let mut leaks = Leaks::new();
    for table in engines.tables_with(secrets.words()).await {
        leaks.insert(format!("the table {table}"));
    }
    for key in engines.live_keys_with(secrets.words()).await {
        leaks.insert(format!("the key {key} of the live side"));
    }
    for heard in engines.heard().await {
        if secrets.in_text(&heard.text) > 0 {
            leaks.insert(format!("a message for {}", heard.key));
        }
    }
    leaks
}

pub(super) fn check(evidence: &Evidence<'_>, found: &mut Vec<String>) {
    for place in &evidence.servers.leaks {
        found.push(format!("invariant 19: a secret stands in {place}"));
    }
    for (name, output) in evidence.outputs {
        for secret in KEYS.split(',').chain([CANARY]) {
            must(found, 19, !output.contains(secret), || format!("{name} told {secret}"));
        }
    }
}
