use std::time::Duration;

use bytes::Bytes;
use domain::{
    attempt::FinishReason,
    chat::Speaker,
    failure::ErrorClass,
    job::{Sampling, Turn},
    usage::Usage,
};
use futures_util::{StreamExt, stream};
use ports::provider::{Chunk, Sent};
use secrecy::SecretString;

use super::{
    super::{
        answer::{Answer, recording::*},
        deadline::Watch,
    },
    *,
};
use crate::config::Deadlines;

const RECORDED: &str = concat!(
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null,\"logprobs\":null}],\"usage\":null}\n\n",
    ": keep-alive\n\n",
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Hé\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{\"content\":\"llo 🎉\"},\"finish_reason\":null}],\"usage\":null}\n\n",
    "data: {\"id\":\"1\",\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}],\"usage\":null}\n\n",
    "data: {\"id\":\"1\",\"choices\":[],\"usage\":{\"prompt_tokens\":10,\"completion_tokens\":2,\"total_tokens\":12,\"prompt_tokens_details\":{\"cached_tokens\":4},\"completion_tokens_details\":{\"reasoning_tokens\":1}}}\n\n",
    "data: [DONE]\n\n",
);

fn deadlines() -> Deadlines {
    Deadlines::default()
}

/// With the parts of it that were cached, or are hidden reasoning.
fn detailed() -> Piece {
    usage_of(Usage { cached_input_tokens: 4, reasoning_tokens: 1, ..Usage::by_provider(10, 2) })
}

fn whole() -> Vec<Piece> {
    vec![text("Hé"), text("llo 🎉"), detailed(), finish(FinishReason::Stop)]
}

#[tokio::test]
async fn a_recorded_answer_is_read_however_it_is_cut() {
    let said_at = RECORDED.find("\"stop\"").unwrap();
    let said_at = said_at + RECORDED[said_at..].find("\n\n").unwrap() + 2;
    check(|| OpenAi::USUAL.reading(), RECORDED, whole(), said_at).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_although_the_connection_stays_open() {
    let (got, took) = time_left_open(OpenAi::USUAL.reading(), RECORDED).await;
    assert_eq!((got, took), (whole(), Duration::ZERO), "after [DONE] at once");
    let without_done = RECORDED.replace("data: [DONE]\n\n", "");
    let (got, took) = time_left_open(OpenAi::USUAL.reading(), &without_done).await;
    assert_eq!((got, took), (whole(), deadlines().after_finish));
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
    let answer = Answer::new(
        body,
        OpenAi::USUAL.reading(),
        Watch::start(deadlines()),
        SecretString::from("k"),
    );
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
    let answer = Answer::new(
        thought.boxed(),
        OpenAi::USUAL.reading(),
        Watch::start(deadlines()),
        SecretString::from("k"),
    );
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
        (end.replace('X', "model_length"), vec![finish(FinishReason::Length)]),
        (end.replace('X', "tool_calls"), vec![finish(FinishReason::Other("tool_calls".into()))]),
        (end.replace('X', "sensitive"), vec![finish(FinishReason::Blocked)]),
        (
            format!("{hi}{}", end.replace('X', "insufficient_system_resource")),
            vec![text("hi"), Err(ErrorClass::Overloaded)],
        ),
        (end.replace('X', "error"), vec![Err(ErrorClass::Overloaded)]),
        (end.replace('X', "network_error"), vec![Err(ErrorClass::Overloaded)]),
        (end.replace('X', "abort"), vec![Err(ErrorClass::Truncated)]),
        (
            "data: {\"choices\":[{\"delta\":{\"content\":\"hi\"},\"finish_reason\":\"aborted\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":1}}\n\n".to_owned(),
            vec![text("hi"), usage(3, 1), Err(ErrorClass::Truncated)],
        ),
        (
            "data: {\"error\":{\"code\":429,\"message\":\"m\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n".to_owned(),
            vec![Err(ErrorClass::RateMinute)],
        ),
        (
            format!("data: {{\"choices\":[{{\"delta\":{{\"content\":[{{\"type\":\"thinking\",\"thinking\":[{{\"type\":\"text\",\"text\":\"hm\"}}]}}]}}}}]}}\n\ndata: {{\"choices\":[{{\"delta\":{{\"content\":[{{\"type\":\"text\",\"text\":\"h\"}},{{\"type\":\"reference\",\"reference_ids\":[1]}},{{\"type\":\"text\",\"text\":\"o\"}}]}}}}]}}\n\n{}", end.replace('X', "stop")),
            vec![text("ho"), finish(FinishReason::Stop)],
        ),
        (end.replace('X', ""), vec![Err(ErrorClass::Truncated)]),
        (
            format!("{}data: nonsense\n\n", end.replace('X', "stop")),
            vec![finish(FinishReason::Stop)],
        ),
        (
            "data: {\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}],\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":null}}\n\n".to_owned(),
            vec![text("a"), usage(3, 0), finish(FinishReason::Stop)],
        ),
        (
            "data: {\"object\":\"error\",\"message\":\"m\",\"type\":\"InternalServerError\",\"param\":null,\"code\":500}\n\ndata: [DONE]\n\n".to_owned(),
            vec![Err(ErrorClass::Overloaded)],
        ),
        (format!("{hi}data: {{\"object\":\"error\"}}\n\n"), vec![text("hi"), Err(ErrorClass::Unknown)]),
        (format!("{hi}data: {{\"message\":\"m\",\"code\":\"429\"}}\n\n"), vec![text("hi"), Err(ErrorClass::RateMinute)]),
        (
            format!("data: {{}}\n\ndata: {{\"code\":200,\"message\":\"ok\"}}\n\ndata: {{\"type\":\"ping\"}}\n\n{hi}data: [DONE]\n\n"),
            vec![text("hi"), finish(FinishReason::Stop)],
        ),
        ("data: [DONE]\n\n".to_owned(), vec![Err(ErrorClass::Truncated)]),
        (
            "data: {\"choices\":[],\"prompt_filter_results\":[]}\n\ndata: [DONE]\n\n".to_owned(),
            vec![Err(ErrorClass::Truncated)],
        ),
        (format!("{}data: [DONE]\n\n", end.replace('X', "length")), vec![finish(FinishReason::Length)]),
    ];
    for (body, expected) in cases {
        assert_eq!(
            pieces(OpenAi::USUAL.reading(), body.as_bytes(), 9, false).await,
            expected,
            "{body}"
        );
    }
}

/// As gateways send it with every piece.
const NO_ERROR: &str = r#""error":{"message":"","type":"","param":"","code":null}"#;

#[tokio::test]
async fn an_error_of_which_nothing_is_said_is_none_beside_an_answer() {
    for no_error in [NO_ERROR, r#""error":{}"#, r#""error":"""#, r#""error":null"#] {
        let body = format!(
            "data: {{\"choices\":[{{\"delta\":{{\"content\":\"a\"}}}}],{no_error}}}\n\n\
             data: {{\"choices\":[],\"usage\":{{\"prompt_tokens\":3,\"completion_tokens\":1}},{no_error}}}\n\n\
             data: [DONE]\n\n"
        );
        let got = pieces(OpenAi::USUAL.reading(), body.as_bytes(), 64, false).await;
        assert_eq!(got, [text("a"), usage(3, 1), finish(FinishReason::Stop)], "{no_error}");
    }
    let alone = format!("data: {{{NO_ERROR}}}\n\n");
    let got = pieces(OpenAi::USUAL.reading(), alone.as_bytes(), 64, false).await;
    assert_eq!(got, [Err(ErrorClass::Unknown)]);
}

/// A piece of an answer with `text`, and `end` for its reason to end.
fn piece(text: &str, end: &str) -> String {
    format!(
        "data: {{\"choices\":[{{\"delta\":{{\"content\":\"{text}\"}},\"finish_reason\":{end}}}]}}\n\n"
    )
}

#[tokio::test]
async fn a_reason_holds_only_if_no_text_follows() {
    let stop = r#""stop""#;
    let every = piece("", stop) + &piece("a", stop) + &piece("b", stop);
    let done = "data: [DONE]\n\n";
    let error = "data: {\"error\":{\"message\":\"m\",\"code\":503}}\n\n";
    let (a, b, whole) = (text("a"), text("b"), finish(FinishReason::Stop));
    let cases = [
        (every.clone(), vec![a.clone(), b.clone(), whole.clone()]),
        (every.clone() + done, vec![a.clone(), b.clone(), whole.clone()]),
        (
            piece("a", stop) + &piece("b", r#""length""#) + done,
            vec![a.clone(), b.clone(), finish(FinishReason::Length)],
        ),
        (piece("a", stop) + &piece("b", "null") + done, vec![a.clone(), b.clone(), whole.clone()]),
        (
            piece("a", stop) + &piece("b", "null"),
            vec![a.clone(), b.clone(), Err(ErrorClass::Truncated)],
        ),
        (
            piece("a", stop) + &piece("b", r#""null""#),
            vec![a.clone(), b.clone(), Err(ErrorClass::Truncated)],
        ),
        (
            every.clone() + "data: nonsense\n\n",
            vec![a.clone(), b.clone(), Err(ErrorClass::Malformed)],
        ),
        (every + error, vec![a.clone(), b, Err(ErrorClass::Overloaded)]),
        (piece("a", "null") + &piece("", stop) + "data: nonsense\n\n", vec![a.clone(), whole]),
        (piece("a", "null") + &piece("", stop) + error, vec![a, Err(ErrorClass::Overloaded)]),
    ];
    for (body, expected) in cases {
        assert_eq!(
            pieces(OpenAi::USUAL.reading(), body.as_bytes(), 9, false).await,
            expected,
            "{body}"
        );
    }
}

/// Who says a reason with every piece may be as slow as others from one to the next.
#[tokio::test(start_paused = true)]
async fn a_reason_gives_no_less_time_to_whoever_goes_on() {
    let stop = r#""stop""#;
    let thought =
        "data: {\"choices\":[{\"delta\":{\"reasoning\":\"hm\"},\"finish_reason\":\"stop\"}]}\n\n";
    let whole = finish(FinishReason::Stop);
    for (body, wait, expected) in [
        (piece("", stop), deadlines().first_token, vec![whole.clone()]),
        (thought.to_owned(), deadlines().progress, vec![whole.clone()]),
        (piece("a", stop), deadlines().progress, vec![text("a"), whole.clone()]),
        (
            piece("a", "null") + &piece("", stop) + &piece("", stop),
            deadlines().after_finish,
            vec![text("a"), whole],
        ),
        (
            piece("a", stop) + &piece("b", "null"),
            deadlines().progress,
            vec![text("a"), text("b"), Err(ErrorClass::Timeout)],
        ),
    ] {
        let (got, took) = time_left_open(OpenAi::USUAL.reading(), &body).await;
        assert_eq!((got, took), (expected, wait), "{body}");
    }
}

/// What is left out of the answer's figure is in the sum.
#[tokio::test]
async fn reasoning_is_counted_wherever_it_is_told() {
    for (figures, output, reasoning) in [
        (
            r#""prompt_tokens":10,"completion_tokens":7,"total_tokens":17,"completion_tokens_details":{"reasoning_tokens":5}"#,
            7,
            5,
        ),
        (
            r#""prompt_tokens":10,"completion_tokens":2,"total_tokens":17,"completion_tokens_details":{"reasoning_tokens":5}"#,
            7,
            5,
        ),
        (r#""prompt_tokens":10,"completion_tokens":2,"total_tokens":17"#, 7, 5),
        (r#""prompt_tokens":10,"completion_tokens":2,"total_tokens":3"#, 2, 0),
        (r#""prompt_tokens":10,"completion_tokens":2,"total_tokens":null"#, 2, 0),
    ] {
        let begun = piece("", "null");
        let body =
            format!("{begun}data: {{\"choices\":[],\"usage\":{{{figures}}}}}\n\ndata: [DONE]\n\n");
        let told = Usage { reasoning_tokens: reasoning, ..Usage::by_provider(10, output) };
        let got = pieces(OpenAi::USUAL.reading(), body.as_bytes(), 64, false).await;
        assert_eq!(got, [usage_of(told), finish(FinishReason::Stop)], "{figures}");
    }
}

/// As text it does, and so it does as a list of parts.
#[tokio::test(start_paused = true)]
async fn a_thought_in_a_list_of_parts_is_progress() {
    let thought = stream::unfold((), |()| async {
        tokio::time::sleep(Duration::from_secs(7)).await;
        let data = "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"thinking\",\"thinking\":[]}]}}]}\n\n";
        Some((Ok(Bytes::from_static(data.as_bytes())), ()))
    });
    let begun = tokio::time::Instant::now();
    let watch = Watch::start(deadlines());
    let answer =
        Answer::new(thought.boxed(), OpenAi::USUAL.reading(), watch, SecretString::from("k"));
    let got: Vec<_> = answer.into_chunks().collect().await;
    assert_eq!(got[0].as_ref().unwrap_err().class, ErrorClass::Timeout);
    assert_eq!(begun.elapsed(), deadlines().total);
}

#[test]
fn a_request_says_what_was_asked() {
    let turns = [Turn { role: Speaker::User, content: "hi \"there\"".into() }];
    let key = SecretString::from("k");
    let sampling = Sampling { temperature: Some(0.5), max_tokens: Some(7) };
    let mut call = Call {
        model: "gpt-4o",
        system: Some("be kind"),
        turns: &turns,
        sampling,
        max_output: Some(9),
        key: &key,
        proxy: None,
        sent: &Sent::default(),
    };
    assert_eq!(
        String::from_utf8(wire::request(&call, true).unwrap()).unwrap(),
        "{\"model\":\"gpt-4o\",\"messages\":[{\"role\":\"system\",\"content\":\"be kind\"},\
         {\"role\":\"user\",\"content\":\"hi \\\"there\\\"\"}],\"stream\":true,\
         \"stream_options\":{\"include_usage\":true},\"temperature\":0.5,\"max_tokens\":7}"
    );
    call.model = "o3-mini";
    let body = String::from_utf8(wire::request(&call, true).unwrap()).unwrap();
    let options = "\"stream_options\":{\"include_usage\":true}";
    let no_temperature = format!("{options},\"max_completion_tokens\":7}}");
    assert!(body.ends_with(&no_temperature), "{body}");
    let body = String::from_utf8(wire::request(&call, false).unwrap()).unwrap();
    assert!(body.ends_with("\"stream\":true,\"max_completion_tokens\":7}"), "{body}");
}

#[test]
fn a_refusal_is_read_in_every_form() {
    let read = |body: &str| wire::read_refusal(body.as_bytes());
    let object = read(r#"{"error":{"message":"m","type":"t","param":null,"code":"c"}}"#);
    assert_eq!((&*object.message, &*object.kind, &*object.code), ("m", "t", "c"));
    assert_eq!(read(r#"[{"error":{"message":"m","code":400}}]"#).code, "400");
    assert_eq!(read(r#"{"error":"m"}"#).message, "m");
    let bare = read(r#"{"object":"error","message":"m","type":"t","param":null,"code":"1300"}"#);
    assert_eq!((&*bare.message, &*bare.kind, &*bare.code), ("m", "t", "1300"));
    let nested = read(r#"{"object":"error","message":{"detail":[{"msg":"too long"}]},"code":400}"#);
    assert_eq!(nested.message, r#"{"detail":[{"msg":"too long"}]}"#);
    assert_eq!(read(r#"{"detail":"Not Found"}"#).message, "Not Found");
    for body in ["<html>", "", "{}", r#""m""#, r#"{"error":7}"#, r#"{"error":null}"#, "[]"] {
        assert_eq!(read(body), wire::WireRefusal::default(), "{body}");
    }
}

#[test]
fn a_gateway_tells_in_the_body_when_a_limit_is_new_again() {
    let at = "2026-11-21T08:00:00Z".parse().unwrap();
    let wait = |headers: &HeaderMap, remaining: &str| {
        let body = format!(
            r#"{{"error":{{"message":"Rate limit exceeded: free-models-per-min","code":429,"metadata":{{"headers":{{
                "X-RateLimit-Limit":"20","X-RateLimit-Remaining":{remaining},"X-RateLimit-Reset":"1795248042000","x y":"z"}}}}}}}}"#
        );
        OpenAi::USUAL.refusal(429, headers, body.as_bytes(), at).retry_after
    };
    let mut headers = HeaderMap::new();
    for remaining in ["\"0\"", "0"] {
        assert_eq!(wait(&headers, remaining), Some(Duration::from_secs(42)));
    }
    assert_eq!(wait(&headers, "\"1\""), None);
    headers.insert("retry-after", "7".parse().unwrap());
    assert_eq!(wait(&headers, "\"0\""), Some(Duration::from_secs(7)), "its own come first");
}

#[test]
fn a_call_goes_below_the_base_address() {
    for base in ["https://host/v1", "https://host/v1/"] {
        let endpoint = OpenAi::USUAL.endpoint(&Url::parse(base).unwrap(), "m");
        assert_eq!(endpoint.as_str(), "https://host/v1/chat/completions");
    }
}
