//! `sluice users …`

use serde_json::json;

use super::{Client, print_item, print_json};
use crate::{cli::UsersCommand, out};

/// Does it.
pub fn run(client: &Client, command: UsersCommand, json: bool) -> anyhow::Result<()> {
    let (path, body) = match command {
        UsersCommand::Add { email, role } => {
            let body = json!({"email": email, "role": role});
            let added = client.post("/api/ops/users", Some(&body))?;
            return print_item(json, added, &["id", "email", "role", "password"]);
        }
        UsersCommand::Token { email } => return token(client, &email, json),
        UsersCommand::Role { email, role } => ("role", json!({"email": email, "role": role})),
        UsersCommand::Disable { email } => ("disabled", json!({"email": email, "disabled": true})),
        UsersCommand::Enable { email } => ("disabled", json!({"email": email, "disabled": false})),
    };
    let changed = client.post(&format!("/api/ops/users/{path}"), Some(&body))?;
    print_item(json, changed, &["id", "email", "role", "disabled"])
}

/// Prints the token alone, for a variable or a header.
fn token(client: &Client, email: &str, json: bool) -> anyhow::Result<()> {
    let given = client.post("/api/ops/users/token", Some(&json!({ "email": email })))?;
    if json {
        return print_json(&given);
    }
    out::print(format_args!("{}\n", given["accessToken"].as_str().unwrap_or_default()))?;
    out::tell(format_args!("good for {} seconds", given["expiresIn"]));
    Ok(())
}
