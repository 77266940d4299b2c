//! `sluice users …`

use std::collections::BTreeMap;

use serde_json::json;

use super::{Client, print_table};
use crate::cli::UsersCommand;

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: UsersCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let UsersCommand::Role { email, role } = command;
    let changed =
        client.post("/api/ops/users/role", Some(&json!({"email": email, "role": role})))?;
    print_table(&vec![changed].into(), &["id", "email", "role"])
}
