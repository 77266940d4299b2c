//! `sluice db …`: the store without the services.

use std::collections::BTreeMap;

use boot::{
    config,
    connect::{self, Schema},
};
use serde_json::json;

use crate::{cli::DatabaseCommand, operate::print_json, out};

/// Does what `command` says.
pub fn run(
    flags: BTreeMap<String, String>,
    command: &DatabaseCommand,
    json: bool,
) -> anyhow::Result<()> {
    let config = config::load_without_keys(flags, config::process_environment())?;
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    match command {
        DatabaseCommand::Migrate => {
            // Every process brings the store up to date when it opens it.
            runtime.block_on(connect::store(&config, "sluice db migrate"))?;
            if json {
                return print_json(&json!({"upToDate": true}));
            }
            out::print("the store is up to date\n")
        }
        DatabaseCommand::Status => {
            let schema = runtime.block_on(connect::schema(&config))?;
            if json {
                let Schema { version, newest } = schema;
                return print_json(&json!({"version": version, "newest": newest}));
            }
            out::print(format_args!("{}\n", told(schema)))
        }
    }
}

/// What is to be known of the version of the tables.
pub fn told(Schema { version, newest }: Schema) -> String {
    match version {
        None => format!("it has no tables yet; the first start makes those of version {newest}"),
        Some(version) if version == newest => {
            format!("its tables have version {version}, the newest")
        }
        Some(version) if version < newest => {
            format!("its tables have version {version}; the next start brings them to {newest}")
        }
        Some(version) => {
            format!("a newer Sluice made its tables, version {version}; this one knows {newest}")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_compared_with_the_newest() {
        for (version, told_of) in [
            (None, "no tables yet"),
            (Some(11), "version 11, the newest"),
            (Some(9), "version 9; the next start brings them to 11"),
            (Some(12), "a newer Sluice"),
        ] {
            let told = told(Schema { version, newest: 11 });
            assert!(told.contains(told_of), "{told}");
        }
    }
}
