//! `sluice users …`

use serde_json::json;

use super::{Client, print_item};
use crate::cli::UsersCommand;

/// Does it.
pub fn run(client: &Client, command: UsersCommand, json: bool) -> anyhow::Result<()> {
    let (path, body) = match command {
        UsersCommand::Add { email, role } => {
            let body = json!({"email": email, "role": role});
            let added = client.post("/api/ops/users", Some(&body))?;
            return print_item(json, added, &["id", "email", "role", "password"]);
        }
        UsersCommand::Role { email, role } => ("role", json!({"email": email, "role": role})),
        UsersCommand::Disable { email } => ("disabled", json!({"email": email, "disabled": true})),
        UsersCommand::Enable { email } => ("disabled", json!({"email": email, "disabled": false})),
    };
    let changed = client.post(&format!("/api/ops/users/{path}"), Some(&body))?;
    print_item(json, changed, &["id", "email", "role", "disabled"])
}
