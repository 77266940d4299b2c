//! What every process of an installation is told.

use std::{fs, io::Write, os::unix::fs::OpenOptionsExt, path::Path};

use anyhow::Context;

use super::{Wish, given::Given};
use crate::{
    rights::Account,
    servers::{Postgres, RabbitMq, Redis},
};

/// The file of the token that opens the operators' routes.
const OPS_TOKEN_FILE: &str = "ops-token";

/// Who answers where no provider has keys.
const SIMULATED: &str = "simulated";

/// Settings by their names.
pub(super) type Settings = Vec<(String, String)>;

/// The servers of an installation.
pub(super) struct Servers<'a> {
    pub(super) postgres: &'a Postgres,
    pub(super) rabbitmq: &'a RabbitMq,
    pub(super) redis: &'a Redis,
}

/// Settings for every service. What was `given` of providers and limits stands.
pub(super) fn settings(
    wish: &Wish,
    given: &Given,
    folder: &Path,
    servers: &Servers<'_>,
    provider_port: u16,
) -> anyhow::Result<Settings> {
    let mut settings = vec![
        ("HOST", "127.0.0.1".to_owned()),
        ("TRUST_FORWARDED", "true".to_owned()),
        ("DATABASE_URL", servers.postgres.url()),
        ("DATA_DIR", folder.join("data").display().to_string()),
        ("SIMULATED_BASE_URL", format!("http://127.0.0.1:{provider_port}/v1")),
    ];
    if !given.has("PROVIDERS") {
        let providers = with_keys(given);
        // Workers find keys of providers in the file that api processes do not offer then.
        if providers == SIMULATED && !given.has("SIMULATED_PROVIDER") {
            settings.push(("SIMULATED_PROVIDER", "true".to_owned()));
        }
        settings.push(("PROVIDERS", providers));
    }
    if !given.has("JWT_SECRET") {
        settings.push(("JWT_SECRET", secret(&folder.join("jwt-secret"))?));
    }
    if !given.has("OPS_TOKEN") {
        settings.push(("OPS_TOKEN", secret(&folder.join(OPS_TOKEN_FILE))?));
    }
    let environment = wish.environment.iter().map(|(name, value)| (name.clone(), value.clone()));
    Ok(environment
        .chain(settings.into_iter().map(|(name, value)| (name.to_owned(), value)))
        .collect())
}

/// Of `settings` what a service with `account` may know, and its own ways to the servers.
pub(super) fn of_service(
    settings: &Settings,
    servers: &Servers<'_>,
    account: &Account,
) -> Settings {
    let ways = [
        ("RABBITMQ_URL", servers.rabbitmq.url_for(account)),
        ("RABBITMQ_MANAGEMENT_URL", servers.rabbitmq.management_url_for(account)),
        ("REDIS_URL", servers.redis.url_for(account)),
    ];
    let ways = ways.map(|(name, value)| (name.to_owned(), value));
    let all = settings.iter().cloned().chain(ways);
    all.filter(|(name, _)| account.rights.may_know(name)).collect()
}

/// The providers of which keys were given in settings of their own, or the simulated one.
fn with_keys(given: &Given) -> String {
    let has_keys = |name: &&str| given.has(&format!("{}_API_KEYS", name.to_uppercase()));
    let names: Vec<_> = ["openai", "gemini", "anthropic"].into_iter().filter(has_keys).collect();
    if names.is_empty() { SIMULATED.to_owned() } else { names.join(",") }
}

/// The secret kept in `file`, made at the first start.
fn secret(file: &Path) -> anyhow::Result<String> {
    if let Ok(kept) = fs::read_to_string(file) {
        return Ok(kept.trim().to_owned());
    }
    let secret = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    let new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(file);
    let mut new = new.with_context(|| format!("cannot write {}", file.display()))?;
    writeln!(new, "{secret}")?;
    Ok(secret)
}
