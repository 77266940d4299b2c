//! Which server, and how it is spoken to.

use std::net::IpAddr;

use lettre::{
    AsyncSmtpTransport, Tokio1Executor,
    transport::smtp::{
        AsyncSmtpTransportBuilder,
        authentication::Credentials,
        client::{Tls, TlsParameters},
    },
};
use percent_encoding::percent_decode_str;
use secrecy::{ExposeSecret, SecretString};
use url::Url;

use crate::error::OpenError;

/// Where encrypted letters are handed in (RFC 8314), where others are that need an account (RFC 6409), and
/// where servers take letters from one another.
const SUBMISSIONS: u16 = 465;
const SUBMISSION: u16 = 587;
const RELAY: u16 = 25;

/// When a connection is encrypted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Encryption {
    /// From its beginning.
    FromTheStart,
    /// Before anything else is said, or there is no letter.
    Required,
    /// When the server offers it.
    IfOffered,
}

/// A server.
pub(crate) struct Server {
    host: String,
    port: u16,
    account: Option<Credentials>,
    encryption: Encryption,
}

impl Server {
    pub(crate) fn parse(url: &SecretString) -> Result<Self, OpenError> {
        let url = Url::parse(url.expose_secret()).map_err(|_| OpenError::Url)?;
        let host = url.host_str().map(|host| host.trim_matches(['[', ']'])).unwrap_or_default();
        let has_more = !matches!(url.path(), "" | "/") || url.query().or(url.fragment()).is_some();
        if host.is_empty() || has_more {
            return Err(OpenError::Url);
        }
        let account = account(&url)?;
        let encryption = match url.scheme() {
            "smtps" => Encryption::FromTheStart,
            "smtp" if account.is_some() && !is_here(host) => Encryption::Required,
            "smtp" => Encryption::IfOffered,
            _ => return Err(OpenError::Url),
        };
        let usual = match encryption {
            Encryption::FromTheStart => SUBMISSIONS,
            _ if account.is_some() => SUBMISSION,
            _ => RELAY,
        };
        Ok(Self { host: host.to_owned(), port: url.port().unwrap_or(usual), account, encryption })
    }

    pub(crate) fn transport(self) -> Result<AsyncSmtpTransportBuilder, OpenError> {
        let parameters = TlsParameters::builder(self.host.clone());
        // Whoever could put another certificate in the way could as well hide that encryption is offered.
        // Anybody's is better than none: it keeps out those who only listen.
        let any = self.encryption == Encryption::IfOffered;
        let parameters = parameters.dangerous_accept_invalid_certs(any);
        let parameters = parameters.dangerous_accept_invalid_hostnames(any);
        let parameters = parameters.build().map_err(OpenError::Encryption)?;
        let tls = match self.encryption {
            Encryption::FromTheStart => Tls::Wrapper(parameters),
            Encryption::Required => Tls::Required(parameters),
            Encryption::IfOffered => Tls::Opportunistic(parameters),
        };
        let transport = AsyncSmtpTransport::<Tokio1Executor>::builder_dangerous(self.host);
        let transport = transport.port(self.port).tls(tls);
        Ok(match self.account {
            Some(account) => transport.credentials(account),
            None => transport,
        })
    }
}

fn account(url: &Url) -> Result<Option<Credentials>, OpenError> {
    let plain = |text: &str| {
        let text = percent_decode_str(text).decode_utf8();
        text.map(std::borrow::Cow::into_owned).map_err(|_| OpenError::Url)
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        ("", Some(_)) | (_, None) => Err(OpenError::Url),
        (name, Some(password)) => Ok(Some(Credentials::new(plain(name)?, plain(password)?))),
    }
}

/// Whether nobody is between us and the server.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse().is_ok_and(|address: IpAddr| address.is_loopback())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_url_says_how_a_server_is_spoken_to() {
        let account =
            |name: &str, password: &str| Some(Credentials::new(name.into(), password.into()));
        for (url, host, port, expected, encryption) in [
            (
                "smtps://ada:p%40ss%2F@mail.example.org",
                "mail.example.org",
                465,
                account("ada", "p@ss/"),
                Encryption::FromTheStart,
            ),
            (
                "smtps://mail.example.org:4465/",
                "mail.example.org",
                4465,
                None,
                Encryption::FromTheStart,
            ),
            (
                "smtp://a%40b:x@mail.example.org",
                "mail.example.org",
                587,
                account("a@b", "x"),
                Encryption::Required,
            ),
            (
                "smtp://ada:x@127.0.0.1:2525",
                "127.0.0.1",
                2525,
                account("ada", "x"),
                Encryption::IfOffered,
            ),
            ("smtp://ada:x@[::1]", "::1", 587, account("ada", "x"), Encryption::IfOffered),
            ("smtp://relay", "relay", 25, None, Encryption::IfOffered),
        ] {
            let server = Server::parse(&url.into()).unwrap_or_else(|_| panic!("{url}"));
            assert_eq!((server.host.as_str(), server.port), (host, port), "{url}");
            assert_eq!((server.account, server.encryption), (expected, encryption), "{url}");
        }
    }

    #[test]
    fn what_names_no_server_is_refused() {
        for url in [
            "",
            "mail.example.org",
            "smtp:",
            "smtp://",
            "http://mail.example.org",
            "smtp://ada@host",
            "smtp://:x@host",
            "smtp://host/inbox",
            "smtp://host?tls=none",
            "smtp://host:99999",
        ] {
            assert!(matches!(Server::parse(&url.into()), Err(OpenError::Url)), "{url}");
        }
    }
}
