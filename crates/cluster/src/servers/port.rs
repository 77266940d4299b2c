//! Ports nobody listens on.

use std::{
    collections::BTreeSet,
    net::{Ipv4Addr, TcpListener},
    sync::{Mutex, PoisonError},
};

/// A free port of this machine. No two calls of one process get the same.
pub fn free_port() -> anyhow::Result<u16> {
    static GIVEN: Mutex<BTreeSet<u16>> = Mutex::new(BTreeSet::new());
    loop {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        // The set is whole even if somebody panicked beside it.
        if GIVEN.lock().unwrap_or_else(PoisonError::into_inner).insert(port) {
            return Ok(port);
        }
    }
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
