//! What every process of an installation is told.

use std::{
    fs,
    io::{self, Write},
    os::unix::fs::OpenOptionsExt,
    path::Path,
};

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

/// The secret kept in `file`, made at the first start. An empty file is what a start that was cut off has left.
fn secret(file: &Path) -> anyhow::Result<String> {
    let kept = match fs::read_to_string(file) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => {
            return Err(error).with_context(|| format!("cannot read {}", file.display()));
        }
        kept => kept.unwrap_or_default().trim().to_owned(),
    };
    if !kept.is_empty() {
        return Ok(kept);
    }
    let secret = format!("{:032x}{:032x}", rand::random::<u128>(), rand::random::<u128>());
    write(file, &secret).with_context(|| format!("cannot write {}", file.display()))?;
    Ok(secret)
}

/// Writes beside `file`, and gives that its name when it is on the disk: there is a whole secret or none. One
/// supervisor at a time works in the folder.
fn write(file: &Path, secret: &str) -> io::Result<()> {
    let beside = file.with_extension("new");
    // What is left of an attempt may belong to somebody else.
    let _ = fs::remove_file(&beside);
    let mut new = fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    writeln!(new, "{secret}")?;
    new.sync_all()?;
    fs::rename(&beside, file)?;
    let folder = file.parent().filter(|folder| !folder.as_os_str().is_empty());
    fs::File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn a_start_that_was_cut_off_leaves_no_secret_that_is_none() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("jwt-secret");
        fs::write(&file, "").unwrap();
        fs::write(file.with_extension("new"), "half of").unwrap();
        let made = secret(&file).unwrap();
        assert_eq!(made.len(), 64);
        assert_eq!(secret(&file).unwrap(), made, "it stays the same");
        assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
    }

    #[test]
    fn a_secret_that_cannot_be_read_or_written_is_named() {
        let folder = tempfile::tempdir().unwrap();
        for file in [folder.path().to_owned(), folder.path().join("nowhere/ops-token")] {
            let error = format!("{:#}", secret(&file).unwrap_err());
            assert!(error.contains(file.to_str().unwrap()), "{error}");
        }
    }
}
