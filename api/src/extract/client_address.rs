//! From where somebody asks.

use std::{convert::Infallible, net::IpAddr};

use axum::{extract::FromRequestParts, http::request::Parts};

use crate::app::App;

/// The other end of the connection, put into every request by the server.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

/// From where somebody asks: the other end of the connection, or what a proxy of ours says of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct ClientAddress(pub(crate) Option<IpAddr>);

impl FromRequestParts<App> for ClientAddress {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Infallible> {
        let said = app.config.trust_forwarded.then(|| forwarded(parts)).flatten();
        let peer = parts.extensions.get::<Peer>().map(|Peer(address)| *address);
        Ok(Self(said.or(peer)))
    }
}

/// The last address is the one that our proxy saw; those before it anybody can write.
fn forwarded(parts: &Parts) -> Option<IpAddr> {
    let last = parts.headers.get_all("x-forwarded-for").into_iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

impl ClientAddress {
    /// What limits count it by: for IPv6 the network that one household has.
    pub(crate) fn bucket(self) -> String {
        match self.0 {
            None => "unknown".to_owned(),
            Some(IpAddr::V4(address)) => address.to_string(),
            Some(IpAddr::V6(address)) => match address.to_ipv4_mapped() {
                Some(address) => address.to_string(),
                None => format!("{:x}/64", u128::from(address) >> 64),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    fn said(headers: &[&str]) -> Option<IpAddr> {
        let mut request = Request::builder();
        for header in headers {
            request = request.header("x-forwarded-for", *header);
        }
        forwarded(&request.body(()).unwrap().into_parts().0)
    }

    /// Security case 60.
    #[test]
    fn only_the_last_word_of_our_own_proxy_counts() {
        assert_eq!(said(&["6.6.6.6, 192.0.2.1"]), "192.0.2.1".parse().ok());
        assert_eq!(said(&["6.6.6.6", "2001:db8::1"]), "2001:db8::1".parse().ok());
        assert_eq!(said(&["6.6.6.6, nonsense"]), None);
        assert_eq!(said(&[]), None);
    }

    #[test]
    fn a_household_is_one() {
        let bucket = |text: &str| ClientAddress(text.parse().ok()).bucket();
        assert_eq!(bucket("2001:db8:0:1::1"), bucket("2001:db8:0:1:ffff::2"));
        assert_ne!(bucket("2001:db8:0:1::1"), bucket("2001:db8:0:2::1"));
        assert_eq!(bucket("::ffff:192.0.2.1"), "192.0.2.1");
    }
}
