use serde_json::{Value, json};
use simulated_provider::{End, parse_tags};

use super::{ask, request, start, text_of};

#[tokio::test]
async fn a_streamed_answer_has_the_shape_of_the_original() {
    let provider = start().await;
    let response = ask(&provider, "sim-tokens=3").await;
    assert_eq!(response.headers()["content-type"], "text/event-stream");
    let body = response.text().await.unwrap();
    let lines: Vec<&str> = body.lines().filter(|line| !line.is_empty()).collect();
    assert_eq!(lines.len(), 7, "{body}");
    let chunk = |index: usize| -> Value { serde_json::from_str(&lines[index][6..]).unwrap() };
    assert_eq!(chunk(0)["choices"][0]["delta"], json!({"role": "assistant", "content": ""}));
    assert_eq!(chunk(1)["choices"][0]["delta"], json!({"content": "c1.0 "}));
    assert_eq!(chunk(4)["choices"][0]["finish_reason"], "stop");
    assert_eq!(chunk(5)["choices"], json!([]));
    assert_eq!(chunk(5)["usage"]["completion_tokens"], 3);
    assert_eq!(chunk(5)["usage"]["prompt_tokens"], 2);
    assert_eq!(lines[6], "data: [DONE]");
    provider.stop().await;
}

#[tokio::test]
async fn every_token_says_where_it_came_from() {
    let provider = start().await;
    for call in 1..=2 {
        let body = ask(&provider, "sim-tokens=5").await.text().await.unwrap();
        let tags = parse_tags(&text_of(&body)).unwrap();
        assert!(tags.iter().all(|tag| tag.call == call));
        assert_eq!(tags.last().unwrap().position, 4);
    }
    let calls = provider.record().wait_for(|calls| calls.iter().all(|c| c.end.is_some())).await;
    assert_eq!(calls.len(), 2);
    assert_eq!(calls[1].text, "c2.0 c2.1 c2.2 c2.3 c2.4 ");
    assert_eq!(calls[1].end, Some(End::Completed));
    assert_eq!(calls[1].key, "sim-1");
    provider.stop().await;
}

#[tokio::test]
async fn an_answer_at_once_and_the_allowed_length() {
    let provider = start().await;
    let body = json!({
        "model": "sim-tokens=9",
        "messages": [{"role": "user", "content": "say it"}],
        "max_tokens": 4,
    });
    let answer: Value =
        request(&provider, "sim-1", &body).send().await.unwrap().json().await.unwrap();
    assert_eq!(answer["choices"][0]["message"]["content"], "c1.0 c1.1 c1.2 c1.3 ");
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    assert_eq!(answer["usage"]["completion_tokens"], 4);
    provider.stop().await;
}

#[tokio::test]
async fn the_demonstration_is_the_same_for_the_same_seed() {
    let (one, other) = (start().await, start().await);
    let first = text_of(&ask(&one, "sim-demo").await.text().await.unwrap());
    let second = text_of(&ask(&other, "sim-demo").await.text().await.unwrap());
    assert_eq!(first, second);
    assert!(first.starts_with("# ") && first.contains("```rust"), "{first}");
    assert_eq!(text_of(&ask(&one, "sim-echo").await.text().await.unwrap()), "say it");
    one.stop().await;
    other.stop().await;
}

#[tokio::test]
async fn a_real_key_is_recorded_as_a_digest() {
    let provider = start().await;
    let body = json!({"model": "sim-tokens=1", "messages": []});
    request(&provider, "sk-secret", &body).send().await.unwrap();
    let calls = provider.record().calls();
    assert!(calls[0].key.starts_with("key-") && !calls[0].key.contains("secret"));
    provider.stop().await;
}
