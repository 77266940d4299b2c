//! `sluice reload`

use std::{collections::BTreeMap, io::Write};

use super::Client;

/// Does it.
pub fn run(flags: BTreeMap<String, String>) -> anyhow::Result<()> {
    Client::find(flags)?.post("/api/ops/reload", None)?;
    writeln!(std::io::stderr(), "workers read their keys and limits again")?;
    Ok(())
}
