use domain::{
    attempt::FinishReason,
    chat::Speaker,
    failure::ErrorClass,
    job::{Sampling, Turn},
};
use ports::provider::Sent;
use secrecy::SecretString;

use super::{super::answer::recording::*, *};
use crate::config::Deadlines;

const RECORDED: &str = concat!(
    r#"data: {"candidates":[{"content":{"parts":[{"text":"thinking","thought":true}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":5,"thoughtsTokenCount":186,"totalTokenCount":191},"modelVersion":"gemini-2.5-flash","responseId":"AdVRaM"}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":"Hé"}],"role":"model"},"index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":39,"totalTokenCount":230,"promptTokensDetails":[{"modality":"TEXT","tokenCount":5}],"thoughtsTokenCount":186},"responseId":"AdVRaM"}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"parts":[{"text":"llo "},{"text":"🎉"}],"role":"model"},"index":0}]}"#,
    "\n\n",
    r#"data: {"candidates":[{"content":{"role":"model"},"finishReason":"STOP","index":0}],"usageMetadata":{"promptTokenCount":5,"candidatesTokenCount":44,"totalTokenCount":235}}"#,
    "\n\n",
);

/// 5 tokens of a prompt, 186 of hidden reasoning.
fn thoughtful(output_tokens: u64) -> Piece {
    usage_of(Usage { reasoning_tokens: 186, ..Usage::by_provider(5, output_tokens) })
}

#[tokio::test]
async fn a_recorded_answer_is_read_however_it_is_cut() {
    let whole = vec![
        thoughtful(186),
        text("Hé"),
        thoughtful(225),
        text("llo 🎉"),
        thoughtful(230),
        finish(FinishReason::Stop),
    ];
    check(|| Gemini.reading(), RECORDED, whole, RECORDED.len()).await;
}

#[tokio::test]
async fn what_else_may_come() {
    let piece = |text: &str, end: &str| {
        format!(r#"data: {{"candidates":[{{"content":{{"parts":[{{"text":"{text}"}}]}}{end}}}]}}"#)
            + "\n\n"
    };
    let end = |word: &str| format!(r#","finishReason":"{word}""#);
    let stop = FinishReason::Stop;
    let cases = [
        // Old models say STOP with every piece.
        (
            piece("a", &end("STOP")) + &piece("b", &end("STOP")),
            vec![text("a"), text("b"), finish(stop.clone())],
        ),
        (piece("a", &end("MAX_TOKENS")), vec![text("a"), finish(FinishReason::Length)]),
        (piece("a", &end("SAFETY")), vec![text("a"), finish(FinishReason::Blocked)]),
        (piece("a", &end("OTHER")), vec![text("a"), finish(FinishReason::Other("other".into()))]),
        (
            "data: {\"promptFeedback\":{\"blockReason\":\"SAFETY\"},\"usageMetadata\":{\"promptTokenCount\":5}}\n\n".into(),
            vec![finish(FinishReason::Blocked), usage(5, 0)],
        ),
        (piece("a", ""), vec![text("a"), Err(ErrorClass::Truncated)]),
        (
            piece("a", "") + "data: {\"error\":{\"code\":503,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}\n\n",
            vec![text("a"), Err(ErrorClass::Overloaded)],
        ),
        (
            "data: [{\"error\":{\"code\":429,\"status\":\"RESOURCE_EXHAUSTED\"}}]\n\n".into(),
            vec![Err(ErrorClass::RateMinute)],
        ),
        (piece("a", "") + "data: nonsense\n\n", vec![text("a"), Err(ErrorClass::Malformed)]),
        // It came with text, as those of old models do, and so does not tell that nothing was to follow.
        (
            piece("a", &end("STOP")) + "data: nonsense\n\n",
            vec![text("a"), Err(ErrorClass::Malformed)],
        ),
        (
            piece("a", &end("STOP")) + &piece("b", ""),
            vec![text("a"), text("b"), Err(ErrorClass::Truncated)],
        ),
        (
            piece("a", &end("STOP"))
                + "data: {\"error\":{\"code\":503,\"message\":\"m\",\"status\":\"UNAVAILABLE\"}}\n\n",
            vec![text("a"), Err(ErrorClass::Overloaded)],
        ),
        (
            piece("a", "") + &piece("", &end("STOP")) + "data: nonsense\n\n",
            vec![text("a"), finish(stop)],
        ),
    ];
    for (body, expected) in cases {
        assert_eq!(pieces(Gemini.reading(), body.as_bytes(), 9, false).await, expected, "{body}");
    }
}

#[tokio::test(start_paused = true)]
async fn an_answer_ends_although_the_connection_stays_open() {
    let (got, took) = time_left_open(Gemini.reading(), RECORDED).await;
    assert_eq!(got.last(), Some(&finish(FinishReason::Stop)));
    assert_eq!(took, Deadlines::default().after_finish);
}

#[test]
fn a_call_says_what_was_asked_and_where() {
    let turn = |role, content: &str| Turn { role, content: content.into() };
    let turns = [
        turn(Speaker::User, "hi \"there\""),
        turn(Speaker::Assistant, "yes?"),
        turn(Speaker::System, "be brief"),
        turn(Speaker::User, "go on"),
    ];
    let key = SecretString::from("k");
    let sampling = Sampling { temperature: Some(0.5), max_tokens: Some(7) };
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
    let body = |call: &Call<'_>| String::from_utf8(Gemini.request(call).unwrap()).unwrap();
    assert_eq!(
        body(&call),
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi \\\"there\\\"\"}]},\
         {\"role\":\"model\",\"parts\":[{\"text\":\"yes?\"}]},\
         {\"role\":\"user\",\"parts\":[{\"text\":\"go on\"}]}],\
         \"systemInstruction\":{\"parts\":[{\"text\":\"be kind\"},{\"text\":\"be brief\"}]},\
         \"generationConfig\":{\"temperature\":0.5,\"maxOutputTokens\":7}}"
    );
    // An answer that was blocked, and a rule that says nothing, would be refused.
    let empty = [turns[0].clone(), turn(Speaker::Assistant, ""), turn(Speaker::User, "go on")];
    (call.turns, call.system) = (&empty, Some(" "));
    assert!(body(&call).starts_with(
        "{\"contents\":[{\"role\":\"user\",\"parts\":[{\"text\":\"hi \\\"there\\\"\\n\\ngo on\"}]}],\"gen"
    ));
    (call.turns, call.system, call.sampling) = (&turns[..1], None, Sampling::default());
    assert!(body(&call).ends_with("\"}]}]}"), "{}", body(&call));

    for (base, model, endpoint) in [
        (
            "https://h/v1beta",
            "gemini-2.5-flash",
            "https://h/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse",
        ),
        (
            "https://h/v1beta/",
            "models/x",
            "https://h/v1beta/models/x:streamGenerateContent?alt=sse",
        ),
        ("http://h", "../a?b#c", "http://h/models/..%2Fa%3Fb%23c:streamGenerateContent?alt=sse"),
    ] {
        assert_eq!(Gemini.endpoint(&Url::parse(base).unwrap(), model).as_str(), endpoint);
    }
}
