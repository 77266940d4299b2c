//! What a start prints: where everything is.

use std::{fmt, net::SocketAddr};

use boot::config::{Config, LiveUrl, Providers, QueueUrl, StoreUrl, Urls};
use domain::account::Guests;
use secrecy::{ExposeSecret, SecretString};

/// What a start prints.
pub struct Banner<'a> {
    pub address: SocketAddr,
    pub metrics: Option<SocketAddr>,
    pub config: &'a Config,
    pub welcome: &'a SecretString,
}

impl fmt::Display for Banner<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let url = format!("http://{}", reachable(self.address));
        let line = |f: &mut fmt::Formatter<'_>, name, text: &str| writeln!(f, "  {name:<11}{text}");
        writeln!(
            f,
            "sluice {}  all-in-one ({})   data {}",
            env!("CARGO_PKG_VERSION"),
            engines(&self.config.urls),
            self.config.data_dir.display()
        )?;
        line(f, "Chat", &url)?;
        line(f, "Console", &format!("{url}/console"))?;
        line(f, "API", &format!("{url}/api/docs"))?;
        if let Some(metrics) = self.metrics {
            line(f, "Metrics", &format!("http://{}/metrics", reachable(metrics)))?;
        }
        line(f, "Providers", &providers(&self.config.providers))?;
        if self.config.auth.guests != Guests::Nobody {
            line(f, "Guests", "chat without an account; AUTH_GUESTS=false keeps them out")?;
        }
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

fn engines(urls: &Urls) -> String {
    let store = match urls.store {
        StoreUrl::Sqlite(_) => "SQLite",
        StoreUrl::Postgres(_) => "PostgreSQL",
    };
    let queue = match urls.queue {
        QueueUrl::Memory => "in-memory queue",
        QueueUrl::RabbitMq(_) => "RabbitMQ",
    };
    let live = match urls.live {
        LiveUrl::Memory => "in-memory streams",
        LiveUrl::Redis(_) => "Redis",
    };
    [store, queue, live].join(" · ")
}

fn providers(settings: &Providers) -> String {
    let with_keys = settings.configured.iter().map(|provider| {
        let count = provider.keys.len();
        let keys = if count == 1 { "key" } else { "keys" };
        format!("{} ✓ {count} {keys}", provider.name)
    });
    let simulated = settings.simulated.then(|| "simulated ✓".to_owned());
    let without = settings.without_keys().map(|name| format!("{name}: no keys"));
    let mut words: Vec<String> = simulated.into_iter().chain(with_keys).chain(without).collect();
    if settings.configured.is_empty() {
        words.push("→ set GEMINI_API_KEYS, or another's, and restart".to_owned());
    }
    words.join("   ")
}

/// An address a browser on this machine can open: nobody can connect to "all interfaces".
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let mut reachable = address;
    if address.ip().is_unspecified() {
        reachable.set_ip(std::net::Ipv4Addr::LOCALHOST.into());
    }
    reachable
}
