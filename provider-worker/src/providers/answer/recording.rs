//! Recorded answers, brought in pieces.
#![cfg_attr(test, expect(clippy::unnecessary_wraps, reason = "a stream gives results"))]
#![cfg_attr(fuzzing, expect(dead_code, reason = "fuzz targets need the half of it"))]

use std::time::Duration;

use bytes::Bytes;
use domain::usage::Usage;
use futures_util::stream;

use super::*;
use crate::config::Deadlines;

/// A piece, or why none came.
pub(in super::super) type Piece = Result<Chunk, ErrorClass>;

/// What comes of `body`, arriving in pieces of `size`; then the connection stays open if `open`.
pub(in super::super) async fn pieces(
    reading: Box<dyn Reading>,
    body: &[u8],
    size: usize,
    open: bool,
) -> Vec<Piece> {
    let pieces: Vec<_> = body.chunks(size).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let rest = if open { stream::pending().boxed() } else { stream::empty().boxed() };
    let body = stream::iter(pieces).chain(rest).boxed();
    let watch = Watch::start(Deadlines::default());
    let answer = Answer::new(body, reading, watch, SecretString::from("k"));
    let chunks = answer.into_chunks();
    chunks.map(|chunk| chunk.map_err(|failure| failure.class)).collect().await
}

pub(in super::super) fn text(text: &str) -> Piece {
    Ok(Chunk::Text(text.to_owned()))
}

pub(in super::super) fn usage(input_tokens: u64, output_tokens: u64) -> Piece {
    Ok(Chunk::Usage(Usage::by_provider(input_tokens, output_tokens)))
}

/// The same, of which so many tokens were cached, or are hidden reasoning.
pub(in super::super) fn usage_of(usage: Usage) -> Piece {
    Ok(Chunk::Usage(usage))
}

pub(in super::super) fn finish(reason: FinishReason) -> Piece {
    Ok(Chunk::Finish(reason))
}

/// What every dialect promises of a recorded answer: it is `whole` in pieces of any size; cut before
/// `said_at`, where it was said to be whole, it is truncated, and cut after it, nothing is missing.
pub(in super::super) async fn check(
    reading: impl Fn() -> Box<dyn Reading>,
    recorded: &str,
    whole: Vec<Piece>,
    said_at: usize,
) {
    for size in [1, 2, 3, 7, 64, 10_000] {
        assert_eq!(pieces(reading(), recorded.as_bytes(), size, false).await, whole, "by {size}");
        let crlf = recorded.replace('\n', "\r\n");
        let got = pieces(reading(), crlf.as_bytes(), size, false).await;
        assert_eq!(got, whole, "by {size}, CR LF");
    }
    let is_text = |piece: &&Piece| matches!(piece, Ok(Chunk::Text(_) | Chunk::Finish(_)));
    for cut in 0..recorded.len() {
        let got = pieces(reading(), &recorded.as_bytes()[..cut], 64, false).await;
        let has_ended = got.iter().any(|piece| matches!(piece, Ok(Chunk::Finish(_))));
        let ends_well = cut >= said_at;
        assert_eq!(has_ended, ends_well, "cut at {cut}: {got:?}");
        let expected = if ends_well { None } else { Some(&Err(ErrorClass::Truncated)) };
        assert_eq!(got.iter().find(|piece| piece.is_err()), expected, "cut at {cut}");
        let is_all = got.iter().filter(is_text).eq(whole.iter().filter(is_text));
        assert!(is_all || !ends_well, "cut at {cut}: {got:?}");
    }
}

/// How long a paused clock says that `reading` goes on with a connection that stays open.
pub(in super::super) async fn time_left_open(
    reading: Box<dyn Reading>,
    recorded: &str,
) -> (Vec<Piece>, Duration) {
    let begun = tokio::time::Instant::now();
    let got = pieces(reading, recorded.as_bytes(), 50, true).await;
    (got, begun.elapsed())
}
