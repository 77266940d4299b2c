use domain::{
    chat::Speaker,
    failure::ErrorClass,
    job::{Sampling, Turn},
};
use ports::provider::Sent;
use secrecy::SecretString;

use super::{super::answer::recording::*, *};

const START: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_4QpJ","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"stop_sequence":null,"usage":{"input_tokens":11,"cache_creation_input_tokens":2,"cache_read_input_tokens":30,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"text","text":""}}

event: ping
data: {"type": "ping"}

"#;

const END: &str = r#"event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"end_turn","stop_sequence":null},"usage":{"output_tokens":6}}

event: message_stop
data: {"type":"message_stop"}

"#;

fn delta(kind: &str, member: &str, value: &str) -> String {
    let delta = format!(r#"{{"type":"{kind}","{member}":"{value}"}}"#);
    format!(
        "event: content_block_delta\ndata: {{\"type\":\"content_block_delta\",\"index\":0,\"delta\":{delta}}}\n\n"
    )
}

/// 43 tokens of a prompt, 30 of them read from the cache.
fn cached(output_tokens: u64) -> Piece {
    usage_of(Usage { cached_input_tokens: 30, ..Usage::by_provider(43, output_tokens) })
}

#[tokio::test]
async fn a_recorded_answer_is_read_however_it_is_cut() {
    let thought = delta("thinking_delta", "thinking", "hm");
    let texts = delta("text_delta", "text", "Hé") + &delta("text_delta", "text", "llo 🎉");
    let recorded = format!("{START}{thought}{texts}{END}");
    let whole = vec![cached(0), text("Hé"), text("llo 🎉"), cached(6), finish(FinishReason::Stop)];
    check(|| Anthropic.reading(), &recorded, whole, recorded.len()).await;
}

#[tokio::test]
async fn what_else_may_come() {
    let hi = delta("text_delta", "text", "hi");
    let error = |kind: &str| {
        format!(
            "event: error\ndata: {{\"type\":\"error\",\"error\":{{\"details\":null,\"type\":\"{kind}\",\"message\":\"m\"}}}}\n\n"
        )
    };
    let ended = |reason: &str| {
        let end = END.replace("end_turn", reason);
        (format!("{hi}{end}"), end)
    };
    let seen = |reason: FinishReason| vec![text("hi"), usage(0, 6), finish(reason)];
    let cases = [
        (ended("max_tokens").0, seen(FinishReason::Length)),
        (ended("refusal").0, seen(FinishReason::Blocked)),
        (ended("pause_turn").0, seen(FinishReason::Other("pause_turn".into()))),
        (
            format!("{hi}{}", error("overloaded_error")),
            vec![text("hi"), Err(ErrorClass::Overloaded)],
        ),
        (error("rate_limit_error"), vec![Err(ErrorClass::RateMinute)]),
        (error("new_error"), vec![Err(ErrorClass::Unknown)]),
        (format!("{hi}data: nonsense\n\n"), vec![text("hi"), Err(ErrorClass::Malformed)]),
        (
            format!(
                "{hi}data: {{\"type\":\"brand_new\"}}\n\ndata: {{\"type\":\"message_stop\"}}\n\n"
            ),
            vec![text("hi"), finish(FinishReason::Stop)],
        ),
        (
            format!("{hi}{}", &END[..END.find("event: message_stop").unwrap()]),
            vec![text("hi"), usage(0, 6), Err(ErrorClass::Truncated)],
        ),
    ];
    for (body, expected) in cases {
        let got = pieces(Anthropic.reading(), body.as_bytes(), 9, false).await;
        assert_eq!(got, expected, "{body}");
    }
}

#[test]
fn a_call_says_what_was_asked_and_where() {
    let turn = |role, content: &str| Turn { role, content: content.into() };
    let turns = [
        turn(Speaker::User, "hi \"there\""),
        turn(Speaker::Assistant, ""),
        turn(Speaker::System, "be brief"),
        turn(Speaker::User, "go on"),
    ];
    let key = SecretString::from("k");
    let sampling = Sampling { temperature: Some(1.5), max_tokens: Some(7) };
    let mut call = Call {
        model: "m",
        system: Some("be kind"),
        turns: &turns,
        sampling,
        max_output: Some(9),
        key: &key,
        proxy: None,
        sent: &Sent::default(),
    };
    let body = |call: &Call<'_>| String::from_utf8(Anthropic.request(call).unwrap()).unwrap();
    assert_eq!(
        body(&call),
        "{\"model\":\"m\",\"max_tokens\":7,\"system\":\"be kind\\n\\nbe brief\",\"messages\":[\
         {\"role\":\"user\",\"content\":\"hi \\\"there\\\"\\n\\ngo on\"}],\
         \"stream\":true,\"temperature\":1.0}"
    );
    (call.turns, call.system, call.sampling) = (&turns[..1], None, Sampling::default());
    assert!(body(&call).starts_with("{\"model\":\"m\",\"max_tokens\":9,\"messages\""));
    call.max_output = None;
    assert!(body(&call).starts_with("{\"model\":\"m\",\"max_tokens\":4096,\"messages\""));
    call.sampling.temperature = Some(0.5);
    assert!(body(&call).contains("\"temperature\":0.5"));
    call.model = "claude-opus-4-7";
    assert!(!body(&call).contains("temperature"), "{}", body(&call));
    let endpoint = Anthropic.endpoint(&Url::parse("https://h/v1").unwrap(), "m");
    assert_eq!(endpoint.as_str(), "https://h/v1/messages");
}
