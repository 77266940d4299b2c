//! `sluice audit`

use std::collections::BTreeMap;

use super::{Client, print_json, print_table};

/// Does it.
pub fn run(flags: BTreeMap<String, String>, limit: u32, json: bool) -> anyhow::Result<()> {
    let answer = Client::find(flags)?.get(&format!("/api/ops/audit?limit={limit}"))?;
    let items = &answer["items"];
    if json { print_json(items) } else { print_table(items, &["at", "actor", "action", "subject"]) }
}
