//! What fuzz targets call: whatever a provider sends, nothing panics, and what may not be is not.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use futures_util::FutureExt;
use ports::provider::Chunk;

use super::{
    answer::recording::pieces, anthropic::Anthropic, dialect::Dialect, gemini::Gemini,
    hint::believed, openai::OpenAi,
};
use crate::config;

/// Reads `body` in one piece and in single bytes; both must say the same, and a success must have an end.
pub fn answer(dialect: config::Dialect, body: &[u8]) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
    let runtime = runtime.expect("a runtime without I/O needs nothing of the system");
    let _inside = runtime.enter();
    let read = |size| {
        let got = pieces(of(dialect).reading(), body, size, false).now_or_never();
        got.expect("nothing is waited for: the whole body is there")
    };
    let (whole, sliced) = (read(body.len().max(1)), read(1));
    let finishes = whole.iter().filter(|piece| matches!(piece, Ok(Chunk::Finish(_)))).count();
    let has_failed = whole.last().is_none_or(Result::is_err);
    assert_eq!(finishes, usize::from(!has_failed), "{whole:?}");
    assert_eq!(text(&whole), text(&sliced));
    assert_eq!(has_failed, sliced.last().is_none_or(Result::is_err));
}

/// Reads a refusal: a status of two bytes, a header's value up to the first line feed, and a body.
pub fn refusal(data: &[u8]) {
    let Some((status, rest)) = data.split_first_chunk::<2>() else { return };
    let cut = rest.iter().position(|byte| *byte == b'\n').unwrap_or(rest.len());
    let (value, body) = rest.split_at(cut);
    let mut headers = HeaderMap::new();
    for name in ["retry-after", "retry-after-ms", "x-ratelimit-reset-requests"] {
        if let Ok(value) = HeaderValue::from_bytes(value) {
            headers.insert(HeaderName::from_static(name), value);
        }
    }
    let at = "2026-01-01T00:00:00Z".parse().expect("a time as RFC 3339 writes it");
    for dialect in [config::Dialect::OpenAi, config::Dialect::Gemini, config::Dialect::Anthropic] {
        let refusal = of(dialect).refusal(u16::from_le_bytes(*status), &headers, body, at);
        let failure = refusal.into_failure(Some(400), &"a-key".into());
        if let Some(wait) = failure.retry_after {
            assert_eq!(believed(wait), wait, "a wait is bounded");
        }
        assert!(!failure.message.contains("a-key"), "a key is never repeated");
    }
}

fn of(dialect: config::Dialect) -> Box<dyn Dialect> {
    match dialect {
        config::Dialect::OpenAi => Box::new(OpenAi::USUAL),
        config::Dialect::Gemini => Box::new(Gemini),
        config::Dialect::Anthropic => Box::new(Anthropic),
    }
}

fn text<E>(pieces: &[Result<Chunk, E>]) -> String {
    let texts = pieces.iter().filter_map(|piece| match piece {
        Ok(Chunk::Text(text)) => Some(text.as_str()),
        _ => None,
    });
    texts.collect()
}
