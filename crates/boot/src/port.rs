//! Taking the port, and saying who has it when it is taken.

use std::{fs, io, net::SocketAddr, path::Path};

use anyhow::{Context, anyhow};
use tokio::net::TcpListener;

/// Listens at `address`.
pub async fn listen(address: SocketAddr) -> anyhow::Result<TcpListener> {
    match TcpListener::bind(address).await {
        Ok(listener) => Ok(listener),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => Err(in_use(address)),
        Err(error) => Err(error).with_context(|| format!("HOST, PORT: cannot listen at {address}")),
    }
}

fn in_use(address: SocketAddr) -> anyhow::Error {
    let port = address.port();
    let by = holder(port).unwrap_or_else(|| "another program".to_owned());
    let other = port.checked_add(1).unwrap_or(8080);
    anyhow!("{address} is in use by {by}; stop it, or take another port, for example PORT={other}")
}

/// The program that listens at `port`, as far as this process may know.
fn holder(port: u16) -> Option<String> {
    let sockets: Vec<String> = ["/proc/net/tcp", "/proc/net/tcp6"]
        .iter()
        .filter_map(|table| fs::read_to_string(table).ok())
        .flat_map(|table| listening(&table, port))
        .collect();
    let processes = fs::read_dir("/proc").ok()?.flatten();
    let holds = |process: &Path| {
        let files = fs::read_dir(process.join("fd")).ok();
        let mut links =
            files.into_iter().flatten().flatten().flat_map(|fd| fs::read_link(fd.path()));
        links.any(|link| sockets.iter().any(|socket| link.as_os_str() == socket.as_str()))
    };
    // Beside the processes there are `self` and much else.
    let is_process = |entry: &fs::DirEntry| entry.file_name().to_str()?.parse::<u32>().ok();
    let mut processes = processes.filter(|entry| is_process(entry).is_some()).map(|e| e.path());
    let process = processes.find(|process| holds(process))?;
    let name = fs::read_to_string(process.join("comm")).ok()?;
    Some(format!("{} (process {})", name.trim(), process.file_name()?.to_str()?))
}

/// The sockets of a kernel table that listen at `port`, as their links in `/proc/*/fd` read.
fn listening(table: &str, port: u16) -> Vec<String> {
    const LISTEN: &str = "0A";
    let socket = |line: &str| {
        let fields: Vec<&str> = line.split_whitespace().collect();
        let (_, hex) = fields.get(1)?.rsplit_once(':')?;
        let here = u16::from_str_radix(hex, 16) == Ok(port) && *fields.get(3)? == LISTEN;
        here.then(|| format!("socket:[{}]", fields.get(9).unwrap_or(&"")))
    };
    table.lines().skip(1).filter_map(socket).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_taken_port_is_told_with_its_holder() {
        let taken = listen(([127, 0, 0, 1], 0).into()).await.unwrap();
        let address = taken.local_addr().unwrap();
        let error = listen(address).await.unwrap_err().to_string();
        assert!(error.contains(&format!("{address} is in use by")), "{error}");
        assert!(error.contains(&format!("(process {})", std::process::id())), "{error}");
    }
}
