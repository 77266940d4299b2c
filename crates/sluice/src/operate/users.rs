//! `sluice users …`

use std::collections::BTreeMap;

use serde_json::json;

use super::{Client, print_table};
use crate::cli::UsersCommand;

/// Does it.
pub fn run(flags: BTreeMap<String, String>, command: UsersCommand) -> anyhow::Result<()> {
    let client = Client::find(flags)?;
    let (path, body) = match command {
        UsersCommand::Add { email, role } => {
            let body = json!({"email": email, "role": role});
            let added = client.post("/api/ops/users", Some(&body))?;
            return print_table(&vec![added].into(), &["id", "email", "role", "password"]);
        }
        UsersCommand::Role { email, role } => ("role", json!({"email": email, "role": role})),
        UsersCommand::Disable { email } => ("disabled", json!({"email": email, "disabled": true})),
        UsersCommand::Enable { email } => ("disabled", json!({"email": email, "disabled": false})),
    };
    let changed = client.post(&format!("/api/ops/users/{path}"), Some(&body))?;
    print_table(&vec![changed].into(), &["id", "email", "role", "disabled"])
}
