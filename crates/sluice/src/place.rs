//! Where a running Sluice is: its address in the data directory, for commands on the same machine.

use std::{collections::BTreeMap, fs, net::SocketAddr, path::Path};

use anyhow::Context;
use boot::{
    config::{self, Config},
    failure::Usage,
};
use reqwest::Url;

use crate::banner::reachable;

const FILE: &str = "url";

/// Names the address of a running Sluice.
const VARIABLE: &str = "SLUICE_URL";

/// Notes that it listens at `address`.
pub fn write(data_dir: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let path = data_dir.join(FILE);
    let url = format!("http://{}\n", reachable(address));
    fs::write(&path, url).with_context(|| format!("cannot write {}", path.display()))
}

/// The noted address, if there is one.
fn read(data_dir: &Path) -> Option<String> {
    let url = fs::read_to_string(data_dir.join(FILE)).ok()?;
    Some(url.trim().to_owned()).filter(|url| !url.is_empty())
}

/// Where commands look for a running Sluice, without a `/` at its end: where the flags `--host` and `--port` say,
/// else where `SLUICE_URL` does, else where the data directory does, else where it would listen by its settings.
/// These are read unless `SLUICE_URL` is enough.
pub fn find(
    flags: &BTreeMap<String, String>,
    environment: &BTreeMap<String, String>,
) -> anyhow::Result<String> {
    let is_flagged = ["HOST", "PORT"].iter().any(|name| flags.contains_key(*name));
    let named = environment.get(VARIABLE).filter(|url| !url.is_empty() && !is_flagged);
    if let Some(url) = named {
        return checked(url);
    }
    let settings = config::load_without_keys(flags.clone(), environment.clone())?;
    let noted = if is_flagged { None } else { read(&settings.data_dir) };
    Ok(noted.unwrap_or_else(|| listening(&settings)))
}

/// Whether the Sluice at `url` may be the one with the data directory that `settings` name: no other one has any
/// business with its secrets.
pub fn is_its_own(url: &str, settings: &Config) -> bool {
    let is_here = Url::parse(url).is_ok_and(|url| config::is_here(&url));
    is_here || read(&settings.data_dir).as_deref() == Some(url) || listening(settings) == url
}

fn listening(settings: &Config) -> String {
    format!("http://{}", reachable(settings.http.listen))
}

fn checked(url: &str) -> anyhow::Result<String> {
    let url = url.trim();
    if !Url::parse(url).is_ok_and(|url| is_place(&url)) {
        let allowed = "must be a URL like http://127.0.0.1:8080, without an account or a query";
        let url = config::without_account(url);
        return Err(Usage(format!("{VARIABLE}={url:?} (from environment): {allowed}")).into());
    }
    Ok(url.trim_end_matches('/').to_owned())
}

/// Whether a path can be put behind `url`, which is shown with every failure.
fn is_place(url: &Url) -> bool {
    let has_account = !url.username().is_empty() || url.password().is_some();
    let ends_with_path = url.query().is_none() && url.fragment().is_none();
    matches!(url.scheme(), "http" | "https") && !has_account && ends_with_path
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(pairs: &[(&str, &str)]) -> BTreeMap<String, String> {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect()
    }

    #[test]
    fn flags_come_before_the_environment_and_that_before_the_data_directory() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "0.0.0.0:1111".parse().unwrap()).unwrap();
        let data = ("DATA_DIR", folder.path().to_str().unwrap());
        let elsewhere = ("SLUICE_URL", "http://elsewhere:2222/");
        let port = ("PORT", "3333");
        for (flags, environment, expected) in [
            (&[][..], &[][..], "http://127.0.0.1:8080"),
            (&[], &[data, ("PORT", "4444")], "http://127.0.0.1:1111"),
            (&[], &[data, elsewhere], "http://elsewhere:2222"),
            (&[], &[data, ("SLUICE_URL", "")], "http://127.0.0.1:1111"),
            (&[port], &[data, elsewhere], "http://127.0.0.1:3333"),
            (&[("HOST", "0.0.0.0"), port], &[data], "http://127.0.0.1:3333"),
            (&[("HOST", "10.0.0.7")], &[data, ("PORT", "4444")], "http://10.0.0.7:4444"),
        ] {
            let found = find(&map(flags), &map(environment)).unwrap();
            assert_eq!(found, expected, "{flags:?} {environment:?}");
        }
    }

    /// Security case 112.
    #[test]
    fn a_data_directory_belongs_to_one_here_or_to_the_one_it_names() {
        let folder = tempfile::tempdir().unwrap();
        write(folder.path(), "10.0.0.7:1111".parse().unwrap()).unwrap();
        let data = ("DATA_DIR", folder.path().to_str().unwrap());
        let settings = map(&[data, ("HOST", "10.0.0.8"), ("PORT", "2222")]);
        let settings = config::load_without_keys(BTreeMap::new(), settings).unwrap();
        for (url, expected) in [
            ("http://127.0.0.1:9999", true),
            ("http://localhost:9999", true),
            ("http://[::1]:9999", true),
            ("http://10.0.0.7:1111", true),
            ("http://10.0.0.8:2222", true),
            ("http://10.0.0.7:1112", false),
            ("http://10.0.0.9:1111", false),
            ("https://sluice.example.org", false),
            ("https://127.0.0.1.example.org", false),
        ] {
            assert_eq!(is_its_own(url, &settings), expected, "{url}");
        }
    }

    #[test]
    fn what_is_no_address_is_named() {
        for wrong in ["host:8080", "127.0.0.1:8080", "ftp://host", "nonsense"] {
            let refused = find(&map(&[]), &map(&[("SLUICE_URL", wrong)])).unwrap_err();
            assert!(refused.is::<Usage>(), "{wrong}");
            let told = refused.to_string();
            assert!(told.contains("SLUICE_URL") && told.contains(wrong), "{told}");
        }
        for wrong in
            ["http://ada:canary-7f@host", "http://canary-7f@host", "http://host/?canary-7f"]
        {
            let refused = find(&map(&[]), &map(&[("SLUICE_URL", wrong)])).unwrap_err().to_string();
            assert!(refused.contains("SLUICE_URL") && !refused.contains("canary"), "{refused}");
        }
        let spaced = find(&map(&[]), &map(&[("SLUICE_URL", " http://host:1/\r\n")])).unwrap();
        assert_eq!(spaced, "http://host:1");
    }
}
