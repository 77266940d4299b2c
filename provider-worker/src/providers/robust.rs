//! Whatever a provider sends, nothing panics, nothing hangs, and only an end signal makes a success.

use ::http::{HeaderMap, HeaderName, HeaderValue};
use domain::{attempt::FinishReason, failure::ErrorClass};
use futures_util::FutureExt;
use ports::provider::Chunk;
use proptest::{collection::vec, prelude::*, sample::select};

use super::{
    answer::recording::pieces, anthropic::Anthropic, dialect::Dialect, gemini::Gemini, hint,
    openai::OpenAi,
};

const DIALECTS: [&dyn Dialect; 3] = [&OpenAi::USUAL, &Gemini, &Anthropic];

/// Words of every dialect, and what breaks them.
fn word() -> impl Strategy<Value = String> {
    let words = vec![
        "data: ",
        "event: x\n",
        "\n\n",
        "\r\n\r\n",
        "\r",
        ": ping\n\n",
        "[DONE]",
        "{",
        "}",
        "[",
        "]",
        "\"",
        ":",
        ",",
        "null",
        "true",
        "-1",
        "1e999",
        "18446744073709551616",
        "\\ud800",
        "é🎉",
        "\u{0}",
        "\"choices\"",
        "\"delta\"",
        "\"content\"",
        "\"finish_reason\":\"stop\"",
        "\"usage\"",
        "\"error\"",
        "\"type\"",
        "\"message_start\"",
        "\"message_stop\"",
        "\"content_block_delta\"",
        "\"candidates\"",
        "\"parts\"",
        "\"text\"",
        "\"finishReason\":\"STOP\"",
        "\"usageMetadata\"",
        "\"promptTokenCount\"",
        "\"code\":429",
        "\"status\":\"RESOURCE_EXHAUSTED\"",
        "\"details\"",
        "\"retryDelay\":\"-5s\"",
        "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n",
        "data: {\"candidates\":[{\"content\":{\"parts\":[{\"text\":\"a\"}]}}]}\n\n",
        "data: {\"type\":\"content_block_delta\",\"delta\":{\"type\":\"text_delta\",\"text\":\"a\"}}\n\n",
    ];
    prop_oneof![4 => select(words).prop_map(str::to_owned), 1 => "\\PC{0,12}"]
}

fn at() -> domain::time::Timestamp {
    "2026-11-28T07:00:00Z".parse().expect("a time")
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 2000, failure_persistence: None, ..Default::default() })]

    #[test]
    fn an_answer_ends_in_a_success_only_after_its_end_signal(
        words in vec(word(), 0..30),
        raw in vec(any::<u8>(), 0..8),
        size in 1_usize..40,
    ) {
        let body = [words.concat().into_bytes(), raw].concat();
        let text = String::from_utf8_lossy(&body).into_owned();
        // The deadlines need a clock.
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.expect("a runtime");
        let _inside = runtime.enter();
        for dialect in DIALECTS {
            // Nothing is waited for: the whole body is there.
            let got = pieces(dialect.reading(), &body, size, false).now_or_never();
            let got = got.expect("an answer that is there ends");
            let has_failed = got.last().is_none_or(Result::is_err);
            let finishes = got.iter().filter(|piece| matches!(piece, Ok(Chunk::Finish(_))));
            prop_assert_eq!(finishes.count(), usize::from(!has_failed), "{:?}", got);
            if has_failed {
                continue;
            }
            let signals = ["[DONE]", "finish_reason", "finishReason", "blockReason", "message_stop"];
            prop_assert!(signals.iter().any(|signal| text.contains(signal)), "{}", text);
            let is_empty = |piece: &Result<Chunk, ErrorClass>| {
                matches!(piece, Ok(Chunk::Text(text)) if text.is_empty())
            };
            prop_assert!(!got.iter().any(is_empty), "{:?}", got);
            let blocked = Ok(Chunk::Finish(FinishReason::Other(String::new())));
            prop_assert!(!got.contains(&blocked), "{:?}", got);
        }
    }

    #[test]
    fn a_refusal_has_a_class_and_a_bounded_wait(
        status in 100_u16..1000,
        words in vec(word(), 0..20),
        value in "[ -~]{0,30}",
        name in select(vec![
            "retry-after", "retry-after-ms", "x-ratelimit-reset-requests",
            "anthropic-ratelimit-tokens-reset",
        ]),
    ) {
        let mut headers = HeaderMap::new();
        for remaining in ["x-ratelimit-remaining-requests", "anthropic-ratelimit-tokens-remaining"] {
            headers.insert(remaining, HeaderValue::from_static("0"));
        }
        headers.insert(HeaderName::from_static(name), HeaderValue::from_str(&value).expect("ASCII"));
        for dialect in DIALECTS {
            let refusal = dialect.refusal(status, &headers, words.concat().as_bytes(), at());
            let day = std::time::Duration::from_hours(24);
            prop_assert!(refusal.retry_after.is_none_or(|wait| wait <= day && !wait.is_zero()));
        }
    }

    #[test]
    fn a_duration_is_read_or_left(text in "\\PC{0,24}") {
        let _ = hint::duration(&text);
        let _ = hint::retry_after_in(&format!("try again in {text}"));
    }
}
