#![expect(clippy::unnecessary_wraps, reason = "a stream gives results")]

use bytes::Bytes;
use domain::{
    attempt::FinishReason,
    chat::Speaker,
    job::{Sampling, Turn},
    usage::{Usage, UsageSource},
};
use futures_util::stream;
use ports::provider::Chunk;

use super::*;

const RECORDED: &str = concat!(
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null,\"logprobs\":null}],\"usage\":null}\n\n",
    ": keep-alive\n\n",
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hé\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"llo 🎉\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12,\"prompt_tokens_details\":{\"cached_tokens\":0}}}\n\n",
    "data: [DONE]\n\n",
);

fn deadlines() -> Deadlines {
    Deadlines::default()
}

/// What comes of `body`, arriving in pieces of `size`; then the connection stays open if `open`.
async fn pieces(body: &[u8], size: usize, open: bool) -> Vec<Result<Chunk, ErrorClass>> {
    let pieces: Vec<_> = body.chunks(size).map(|c| Ok(Bytes::copy_from_slice(c))).collect();
    let rest = if open { stream::pending().boxed() } else { stream::empty().boxed() };
    let body = stream::iter(pieces).chain(rest).boxed();
    let answer = Answer::new(body, Watch::start(deadlines()), SecretString::from("k"));
    let chunks = answer.into_chunks();
    chunks.map(|chunk| chunk.map_err(|failure| failure.class)).collect().await
}

fn text(text: &str) -> Result<Chunk, ErrorClass> {
    Ok(Chunk::Text(text.to_owned()))
}

fn usage(input_tokens: u64, output_tokens: u64) -> Result<Chunk, ErrorClass> {
    Ok(Chunk::Usage(Usage { input_tokens, output_tokens, source: UsageSource::Provider }))
}

fn finish(reason: FinishReason) -> Result<Chunk, ErrorClass> {
    Ok(Chunk::Finish(reason))
}

fn whole() -> Vec<Result<Chunk, ErrorClass>> {
    vec![text("Hé"), text("llo 🎉"), finish(FinishReason::Stop), usage(10, 2)]
}

#[tokio::test]
async fn a_recorded_answer_is_the_same_in_pieces_of_any_size() {
    for size in [1, 2, 3, 7, 64, 10_000] {
        assert_eq!(pieces(RECORDED.as_bytes(), size, false).await, whole(), "by {size}");
        let crlf = RECORDED.replace('\n', "\r\n");
        assert_eq!(pieces(crlf.as_bytes(), size, false).await, whole(), "by {size}, CR LF");
    }
}

#[tokio::test]
async fn an_answer_cut_anywhere_is_whole_only_once_it_was_said_to_be() {
    let said_at = RECORDED.find("\"stop\"").unwrap();
    let said_at = said_at + RECORDED[said_at..].find("\n\n").unwrap() + 2;
    for cut in 0..RECORDED.len() {
        let got = pieces(&RECORDED.as_bytes()[..cut], 64, false).await;
        let ends_well = got.contains(&finish(FinishReason::Stop));
        assert_eq!(ends_well, cut >= said_at, "cut at {cut}: {got:?}");
        let expected = if ends_well { None } else { Some(&Err(ErrorClass::Truncated)) };
        assert_eq!(got.iter().find(|chunk| chunk.is_err()), expected, "cut at {cut}");
        let is_all = got.starts_with(&whole()[..2]);
        assert!(is_all || !ends_well, "cut at {cut}: {got:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_although_the_connection_stays_open() {
    let begun = tokio::time::Instant::now();
    assert_eq!(pieces(RECORDED.as_bytes(), 50, true).await, whole());
    assert_eq!(begun.elapsed().as_secs(), 0, "after [DONE] at once");
    let without_done = RECORDED.replace("data: [DONE]\n\n", "");
    assert_eq!(pieces(without_done.as_bytes(), 50, true).await, whole());
    assert_eq!(begun.elapsed(), deadlines().after_finish);
}

#[tokio::test(start_paused = true)]
async fn what_is_not_text_is_no_progress() {
    let begun = tokio::time::Instant::now();
    let ping = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        Some((
            Ok(Bytes::from_static(
                b": ping\n\ndata: {\"choices\":[{\"delta\":{\"content\":\"\"}}]}\n\n",
            )),
            (),
        ))
    });
    let head = "data: {\"choices\":[{\"delta\":{\"content\":\"a\"}}]}\n\n";
    let body = stream::iter([Ok(Bytes::from_static(head.as_bytes()))]).chain(ping).boxed();
    let answer = Answer::new(body, Watch::start(deadlines()), SecretString::from("k"));
    let got: Vec<_> = answer.into_chunks().collect().await;
    assert_eq!(got[0], Ok(Chunk::Text("a".into())));
    assert_eq!(got[1].as_ref().unwrap_err().class, ErrorClass::Timeout);
    assert_eq!(begun.elapsed(), deadlines().progress);
}

#[tokio::test(start_paused = true)]
async fn hidden_reasoning_is_progress_and_the_total_bounds_it() {
    let begun = tokio::time::Instant::now();
    let thought = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        let data = "data: {\"choices\":[{\"delta\":{\"reasoning_content\":\"hm\"}}]}\n\n";
        Some((Ok(Bytes::from_static(data.as_bytes())), ()))
    });
    let answer = Answer::new(thought.boxed(), Watch::start(deadlines()), SecretString::from("k"));
    let got: Vec<_> = answer.into_chunks().collect().await;
    assert_eq!(got[0].as_ref().unwrap_err().class, ErrorClass::Timeout);
    assert_eq!(begun.elapsed(), deadlines().total);
}

#[tokio::test]
async fn what_else_may_come() {
    let hi = "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"}}]}\n\n";
    let end = "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"X\"}]}\n\n";
    let cases = [
        (format!("{hi}data: [DONE]\n\n"), vec![text("hi"), finish(FinishReason::Stop)]),
        (format!("{hi}data: nonsense\n\n"), vec![text("hi"), Err(ErrorClass::Malformed)]),
        (format!("{hi}data: {{\"choices\":3}}\n\n"), vec![text("hi"), Err(ErrorClass::Malformed)]),
        (
            format!("{hi}data: {{\"error\":{{\"message\":\"m\",\"type\":\"server_error\"}}}}\n\n"),
            vec![text("hi"), Err(ErrorClass::Overloaded)],
        ),
        (
            "data: {\"error\":{\"message\":\"m\",\"code\":429},\"choices\":null}\n\n".to_owned(),
            vec![Err(ErrorClass::RateMinute)],
        ),
        ("data: {\"error\":\"odd\"}\n\n".to_owned(), vec![Err(ErrorClass::Unknown)]),
        (
            end.replace('X', "content_filter"),
            vec![finish(FinishReason::Blocked)],
        ),
        (end.replace('X', "length"), vec![finish(FinishReason::Length)]),
        (end.replace('X', "tool_calls"), vec![finish(FinishReason::Other("tool_calls".into()))]),
        (end.replace('X', ""), vec![Err(ErrorClass::Truncated)]),
        (
            format!("{}data: nonsense\n\n", end.replace('X', "stop")),
            vec![finish(FinishReason::Stop)],
        ),
        (
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":null}}\n\n".to_owned(),
            vec![text("a"), finish(FinishReason::Stop), usage(3, 0)],
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(pieces(body.as_bytes(), 9, false).await, expected, "{body}");
    }
}

#[test]
fn a_request_says_what_was_asked() {
    let turns = [Turn { role: Speaker::User, content: "hi \"there\"".into() }];
    let key = SecretString::from("k");
    let sampling = Sampling { temperature: Some(0.5), max_tokens: Some(7) };
    let mut call =
        Call { model: "gpt-4o", system: Some("be kind"), turns: &turns, sampling, key: &key };
    assert_eq!(
        String::from_utf8(wire::request(&call).unwrap()).unwrap(),
        "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},\
         {\"role\":\"user\",\"content\":\"hi \\\"there\\\"\"}],\"stream\":true,\
         \"stream_options\":{\"include_usage\":true},\"temperature\":0.5,\"max_tokens\":7}"
    );
    call.model = "o3-mini";
    call.sampling.temperature = None;
    let body = String::from_utf8(wire::request(&call).unwrap()).unwrap();
    assert!(body.ends_with("\"max_completion_tokens\":7}"), "{body}");
}

#[test]
fn a_refusal_is_read_in_every_form() {
    let read = |body: &str| wire::refusal(body.as_bytes());
    let object = read(r#"{"error":{"message":"m","type":"t","param":null,"code":"c"}}"#);
    assert_eq!((&*object.message, &*object.kind, &*object.code), ("m", "t", "c"));
    assert_eq!(read(r#"[{"error":{"message":"m","code":400}}]"#).code, "400");
    assert_eq!(read(r#"{"error":"m"}"#).message, "m");
    for body in ["<html>", "", "{}", r#"{"error":7}"#, r#"{"error":null}"#, "[]"] {
        assert_eq!(read(body), wire::Refusal::default(), "{body}");
    }
}

#[test]
fn the_address_is_checked_before_it_is_used() {
    for (base, endpoint) in [
        ("https://api.openai.com/v1", "https://api.openai.com/v1/chat/completions"),
        ("http://127.0.0.1:9/v1/", "http://127.0.0.1:9/v1/chat/completions"),
        ("http://host", "http://host/chat/completions"),
    ] {
        assert_eq!(OpenAi::at(base).unwrap().0.as_str(), endpoint);
    }
    for base in ["", "host/v1", "ftp://host", "https://user:pw@host/v1", "https://h/v1?key=1"] {
        assert_eq!(OpenAi::at(base).map(|endpoint| endpoint.0), Err(InvalidBaseUrl), "{base}");
    }
}
