//! Ports nobody listens on.

use std::{
    collections::BTreeSet,
    fs,
    net::{Ipv4Addr, TcpListener},
    sync::{Mutex, PoisonError},
};

/// Below are the ports that services are known by.
const LOWEST: u16 = 10_000;
/// Where the ports begin that Linux gives to connections, unless it is told otherwise.
const USUAL_OUTGOING: u16 = 32_768;
/// So often a port is tried before the system is left to choose.
const TRIES: u32 = 1000;

/// A free port of this machine. No two calls of one process get the same.
///
/// Not one of those that the system gives to connections: until a server listens there, which may take it
/// seconds, or while it is started again, a connection to somewhere else could be given just that one.
pub fn free_port() -> anyhow::Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    let outgoing = first_outgoing();
    for tried in 0..2 * TRIES {
        let may_choose = tried < TRIES && LOWEST < outgoing;
        let wish = if may_choose { rand::random_range(LOWEST..outgoing) } else { 0 };
        let bound = match TcpListener::bind((Ipv4Addr::LOCALHOST, wish)) {
            Err(_) if wish != 0 => continue,
            bound => bound?,
        };
        let port = bound.local_addr()?.port();
        // The set is whole even if somebody panicked beside it.
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
    }
    anyhow::bail!("no port is free")
}

/// The first of the ports that the system gives to connections.
fn first_outgoing() -> u16 {
    let range = fs::read_to_string("/proc/sys/net/ipv4/ip_local_port_range").ok();
    let first = range.as_deref().and_then(|range| range.split_whitespace().next()?.parse().ok());
    first.unwrap_or(USUAL_OUTGOING)
}

/// The port that was wished for, or the first free one from 8080 on.
pub async fn nginx_port(wish: Option<u16>) -> anyhow::Result<u16> {
    if let Some(port) = wish {
        anyhow::ensure!(!is_open(port).await, "PORT={port}: somebody listens there already");
        return Ok(port);
    }
    for port in 8080..8180 {
        // Bound, not asked: a port may be taken by somebody who does not answer.
        if TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok() {
            return Ok(port);
        }
    }
    free_port()
}

/// Whether somebody listens on `port`.
pub async fn is_open(port: u16) -> bool {
    tokio::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_are_free_different_and_no_connection_is_given_them() {
        let ports: BTreeSet<u16> = (0..100).map(|_| free_port().unwrap()).collect();
        assert_eq!(ports.len(), 100);
        let outgoing = first_outgoing();
        if LOWEST < outgoing {
            assert!(ports.iter().all(|port| *port < outgoing), "{ports:?}");
        }
        let port = *ports.first().unwrap();
        assert!(TcpListener::bind((Ipv4Addr::LOCALHOST, port)).is_ok());
    }
}
