//! Which stream an address opens, as tickets know it.

use axum::{extract::Query, http::Uri};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::Deserialize;
use sha2::{Digest, Sha256};

const SESSIONS: &str = "/api/sse";

/// Which session of whom.
#[derive(Deserialize)]
struct Session {
    session_id: String,
    user_id: String,
}

/// The stream that `uri` opens; none if it opens none. A session's is told by its query, whatever else
/// stands there.
pub(crate) fn stream_name(uri: &Uri) -> Option<String> {
    let path = uri.path();
    if path != SESSIONS {
        return is_stream(path).then(|| path.to_owned());
    }
    let Query(session) = Query::<Session>::try_from_uri(uri).ok()?;
    // Names may be long, and a ticket may not. Each is hashed by itself, so that none runs into the other.
    let hashed = [session.session_id, session.user_id].map(Sha256::digest).concat();
    Some(format!("{SESSIONS}/{}", URL_SAFE_NO_PAD.encode(Sha256::digest(hashed))))
}

fn is_stream(path: &str) -> bool {
    let words: Vec<&str> = path.split('/').collect();
    matches!(
        words[..],
        ["", "api", "events"]
            | ["", "api", "generations", _, "stream"]
            | ["", "api", "chats" | "runs", _, "events"]
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(uri: &str) -> Option<String> {
        stream_name(&uri.parse().unwrap())
    }

    #[test]
    fn a_stream_is_told_by_its_path_and_a_session_by_its_query() {
        for path in ["/api/events", "/api/generations/1/stream", "/api/chats/1/events"] {
            assert_eq!(name(path).as_deref(), Some(path));
            assert_eq!(name(&format!("{path}?ticket=x&lastEventId=1")).as_deref(), Some(path));
        }
        let session = name("/api/sse?session_id=s&user_id=a%20b");
        assert!(session.is_some());
        assert_eq!(session, name("/api/sse?user_id=a+b&ticket=x&session_id=s"));
        for other in
            ["session_id=s2&user_id=a+b", "session_id=sa&user_id=+b", "session_id=s&user_id=c"]
        {
            let other = name(&format!("/api/sse?{other}"));
            assert!(other.is_some() && other != session);
        }
        for none in [
            "/",
            "/api/chats",
            "/api/generations/1",
            "/api/sse",
            "/api/sse?session_id=s",
            "/api/sse?session_id=s&session_id=t&user_id=u",
            "/api/sse/x",
        ] {
            assert_eq!(name(none), None, "{none}");
        }
    }
}
