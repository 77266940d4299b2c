//! `sluice db …`: the store without the services.

use std::{collections::BTreeMap, io::Write};

use boot::{config, connect};

use crate::cli::DatabaseCommand;

/// Does what `command` says.
pub fn run(flags: BTreeMap<String, String>, command: &DatabaseCommand) -> anyhow::Result<()> {
    let config = config::load(flags, config::process_environment())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        DatabaseCommand::Migrate => {
            // Every process brings the store up to date when it opens it.
            runtime.block_on(connect::store(&config, "sluice db migrate"))?;
            Ok(writeln!(std::io::stdout(), "the store is up to date")?)
        }
    }
}
