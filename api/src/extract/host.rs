//! By which name the service was called.

use std::net::IpAddr;

use axum::http::{header, request::Parts, uri::Authority};

/// Whether the service was called by a name that nobody else can lead here: `localhost`, one below it (RFC 6761,
/// 6.3), or an address. Every other name is one of the DNS, and whoever it belongs to may have it lead to this
/// machine: pages from there are of the same origin as what answers here.
pub(super) fn is_called_as_this_machine(parts: &Parts) -> bool {
    let named = parts.uri.authority().cloned().or_else(|| {
        let host = parts.headers.get(header::HOST)?;
        Authority::try_from(host.as_bytes()).ok()
    });
    named.is_some_and(|named| is_of_this_machine(named.host()))
}

fn is_of_this_machine(host: &str) -> bool {
    let host = host.to_ascii_lowercase();
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || host.ends_with(".localhost") || address.parse::<IpAddr>().is_ok()
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    /// Security case 104.
    #[test]
    fn only_names_that_nobody_else_can_lead_here_are_of_this_machine() {
        let called = |host: &str| {
            let request = Request::builder().uri("/api/users").header(header::HOST, host);
            is_called_as_this_machine(&request.body(()).unwrap().into_parts().0)
        };
        for host in ["localhost", "LocalHost:8080", "chat.localhost", "127.0.0.1:8080", "[::1]:80"]
        {
            assert!(called(host), "{host}");
        }
        for host in [
            "",
            "rebound.example",
            "localhost.example",
            "notlocalhost:8080",
            "127.0.0.1.nip.io",
            "localhost@rebound.example",
            "rebound.example#localhost",
        ] {
            assert!(!called(host), "{host}");
        }
        let nameless = Request::builder().uri("/api/users").body(()).unwrap();
        assert!(!is_called_as_this_machine(&nameless.into_parts().0));
    }
}
