//! `sluice queues`

use std::collections::BTreeMap;

use super::{Client, print_json, print_table};

/// Prints how much waits in each queue.
pub fn run(flags: BTreeMap<String, String>, json: bool) -> anyhow::Result<()> {
    let answer = Client::find(flags)?.get("/api/ops/queues")?;
    let items = &answer["items"];
    if json {
        return print_json(items);
    }
    print_table(items, &["name", "ready", "unsettled", "delayed", "oldest"])
}
