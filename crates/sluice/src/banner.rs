//! What a start prints: where everything is.

use std::{fmt, net::SocketAddr};

use secrecy::{ExposeSecret, SecretString};

/// What a start prints.
pub struct Banner<'a> {
    pub address: SocketAddr,
    pub data_dir: &'a std::path::Path,
    pub welcome: &'a SecretString,
    /// One phrase per provider.
    pub providers: &'a [String],
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = format!("http://{}", reachable(self.address));
        let line = |f: &mut fmt::Formatter<'_>, name, text: &str| writeln!(f, "  {name:<11}{text}");
        writeln!(
            f,
            "sluice {}  all-in-one (SQLite · in-memory queue · in-memory streams)   data {}",
            env!("CARGO_PKG_VERSION"),
            self.data_dir.display()
        )?;
        line(f, "Chat", &url)?;
        line(f, "API", &format!("{url}/openapi.json"))?;
        line(f, "Providers", &self.providers.join("   "))?;
        if self.address.ip().is_loopback() {
            writeln!(
                f,
                "  One process, reachable from this machine only; HOST=0.0.0.0 opens it to others."
            )?;
        }
        // Last, so that whoever waits for it has the rest.
        line(f, "Sign in", &format!("{url}/welcome#{}", self.welcome.expose_secret()))
    }
}

/// An address a browser on this machine can open: nobody can connect to "all interfaces".
fn reachable(address: SocketAddr) -> SocketAddr {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    reachable
}
