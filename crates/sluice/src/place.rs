//! Where a running Sluice is: its address in the data directory, for commands on the same machine.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::Context;

use crate::banner::reachable;

const FILE: &str = "url";

/// Notes that it listens at `address`.
pub fn write(data_dir: &Path, address: SocketAddr) -> anyhow::Result<()> {
    let path = data_dir.join(FILE);
    let url = format!("http://{}\n", reachable(address));
    fs::write(&path, url).with_context(|| format!("cannot write {}", path.display()))
}

/// The noted address, if there is one.
pub fn read(data_dir: &Path) -> Option<String> {
    let url = fs::read_to_string(data_dir.join(FILE)).ok()?;
    Some(url.trim().to_owned()).filter(|url| !url.is_empty())
}
