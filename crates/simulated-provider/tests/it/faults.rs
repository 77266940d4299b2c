use std::time::Duration;

use futures_util::StreamExt;
use simulated_provider::End;

use super::{ask, start, text_of};

type Holds = fn(&str) -> bool;

#[tokio::test]
async fn refusals_have_the_envelope_of_the_original() {
    let provider = start().await;
    for (model, status, kind, code) in [
        ("sim-status=401", 401, "invalid_request_error", Some("invalid_api_key")),
        ("sim-status=429", 429, "requests", Some("rate_limit_exceeded")),
        (
            "sim-status=429,code=insufficient_quota",
            429,
            "insufficient_quota",
            Some("insufficient_quota"),
        ),
        ("sim-status=500", 500, "server_error", None),
        ("sim-status=503", 503, "service_unavailable_error", Some("slow_down")),
        ("sim-speed=9", 400, "invalid_request_error", None),
        ("sim-giant=1000000000000000", 400, "invalid_request_error", None),
    ] {
        let response = ask(&provider, model).await;
        assert_eq!(response.status(), status, "{model}");
        let body: serde_json::Value = response.json().await.unwrap();
        assert_eq!(body["error"]["type"], kind, "{model}: {body}");
        assert_eq!(body["error"]["code"].as_str(), code, "{model}: {body}");
    }
    provider.stop().await;
}

#[tokio::test]
async fn a_retry_after_header_is_sent_as_it_stands() {
    let provider = start().await;
    for value in ["2", "-5", "NaN", "1e400", "18446744073709551615"] {
        let response = ask(&provider, &format!("sim-status=429,retry-after={value}")).await;
        assert_eq!(response.headers()["retry-after"], value);
    }
    provider.stop().await;
}

#[tokio::test]
async fn a_prompt_is_refused_a_number_of_times() {
    let provider = start().await;
    let model = "sim-status=429,fail=2,tokens=1";
    let mut statuses = Vec::new();
    for _ in 0..3 {
        statuses.push(ask(&provider, model).await.status().as_u16());
    }
    assert_eq!(statuses, [429, 429, 200]);
    provider.stop().await;
}

#[tokio::test]
async fn the_demonstration_can_misbehave_too() {
    let provider = start().await;
    let model = "sim-demo,status=429,fail=1";
    assert_eq!(ask(&provider, model).await.status(), 429);
    let text = text_of(&ask(&provider, model).await.text().await.unwrap());
    assert!(text.starts_with("# "), "{text}");
    provider.stop().await;
}

#[tokio::test]
async fn a_body_is_cut_at_the_byte() {
    let provider = start().await;
    for cut in [1, 100, 400] {
        let mut body = ask(&provider, &format!("sim-cut={cut}")).await.bytes_stream();
        let mut received = 0;
        let error = loop {
            match body.next().await {
                Some(Ok(bytes)) => received += bytes.len(),
                Some(Err(error)) => break error,
                None => panic!("the body ended as if it were whole"),
            }
        };
        assert_eq!(received, cut, "{error}");
    }
    provider.stop().await;
}

#[tokio::test]
async fn bodies_are_broken_as_their_words_say() {
    let provider = start().await;
    let cases: [(&str, Holds); 10] = [
        ("sim-tokens=2,noend", |body| !body.contains("\"stop\"") && !body.contains("[DONE]")),
        ("sim-tokens=2,nodone", |body| body.contains("\"stop\"") && !body.contains("[DONE]")),
        ("sim-tokens=2,nousage", |body| !body.contains("prompt_tokens") && body.contains("[DONE]")),
        ("sim-tokens=3,error=1", |body| {
            body.contains("data: {\"error\":") && !body.contains("[DONE]")
        }),
        ("sim-tokens=3,malformed=1", |body| body.contains("{\"delta\":{\"content\":\n")),
        ("sim-tokens=3,crlf", |body| body.contains("[DONE]\r\n\r\n")),
        ("sim-tokens=2,giant=5000", |body| body.contains(&"x".repeat(5000))),
        ("sim-tokens=2,giant=200000", |body| {
            body.contains(&format!("data: {}\n\n", "x".repeat(200_000)))
        }),
        ("sim-tokens=2,finish=content_filter", |body| body.contains("\"content_filter\"")),
        ("sim-tokens=2,slice=1", |body| body.ends_with("[DONE]\n\n")),
    ];
    for (model, holds) in cases {
        let body = ask(&provider, model).await.text().await.unwrap();
        assert!(holds(&body), "{model}: {body}");
    }
    let bytes = ask(&provider, "sim-tokens=2,badutf8=0").await.bytes().await.unwrap();
    assert!(std::str::from_utf8(&bytes).is_err());
    provider.stop().await;
}

#[tokio::test]
async fn open_ends_stay_open_until_the_caller_goes() {
    let provider = start().await;
    for (number, model) in
        (1..).zip(["sim-stall=2", "sim-keepalive=2", "sim-tokens=2,hold", "sim-endless,gap=1ms"])
    {
        let mut body = ask(&provider, model).await.bytes_stream();
        let mut received = Vec::new();
        while !text_of(&String::from_utf8_lossy(&received)).contains(".1 ") {
            received.extend(body.next().await.unwrap().unwrap());
        }
        drop(body);
        let record = provider.record();
        let ended = record.wait_for(|calls| {
            calls.iter().any(|call| call.number == number && call.end == Some(End::ClientGone))
        });
        tokio::time::timeout(Duration::from_secs(10), ended).await.expect(model);
    }
    provider.stop().await;
}

#[tokio::test]
async fn a_refusal_that_nobody_waits_for_any_more_is_none() {
    let provider = start().await;
    let asking = ask(&provider, "sim-status=429,ttft=3600s");
    let record = provider.record();
    tokio::select! {
        _ = asking => panic!("it is not to be answered for an hour"),
        _ = record.wait_for(|calls| calls.len() == 1) => {}
    }
    let ended = record.wait_for(|calls| calls[0].end == Some(End::ClientGone));
    tokio::time::timeout(Duration::from_secs(10), ended).await.expect("it is noticed");
    provider.stop().await;
}

#[tokio::test]
async fn stopping_breaks_open_answers_off() {
    let provider = start().await;
    let mut body = ask(&provider, "sim-stall=1").await.bytes_stream();
    body.next().await.unwrap().unwrap();
    let rest = async { while let Some(Ok(_)) = body.next().await {} };
    tokio::join!(provider.stop(), rest);
}
