//! Every fault of a provider ends in a clear outcome, and blames a key only for its own fault.

use std::time::Duration;

use domain::{
    attempt::{FinishReason, Outcome},
    ladder::RetryLadder,
    usage::{Usage, UsageSource},
};
use ports::live::{EventLog, KeyState, LogPhase};
use provider_worker::{Config, Limits};
use simulated_provider::{Rule, parse_tags};

use crate::world::{RUNG, Real, World, config, envelope};

pub fn whole(tokens: usize, text: &str) -> bool {
    parse_tags(text).is_some_and(|tags| {
        tags.len() == tokens && tags.iter().enumerate().all(|(at, tag)| tag.position == at as u64)
    })
}

#[tokio::test]
async fn an_answer_comes_whole_in_order_and_counted() {
    let mut real = Real::with(&["sim-1"]).await;
    for model in ["sim-tokens=30", "sim-tokens=30,slice=1", "sim-tokens=30,crlf,slice=3"] {
        let job = real.world.ask(model).await;
        let ended = real.world.finished().await;
        let call = real.calls().pop().unwrap();
        assert_eq!(ended.outcome, Outcome::Succeeded { finish: FinishReason::Stop }, "{model}");
        assert_eq!(ended.text(), call.text, "{model}");
        assert!(whole(30, &ended.text()), "{model}: {}", ended.text());
        let usage = ended.usage.unwrap();
        assert_eq!((usage.output_tokens, usage.source), (30, UsageSource::Provider), "{model}");
        assert_eq!(real.world.text(job.generation_id).await, ended.text());
        assert_eq!(real.world.phase(job.generation_id).await, LogPhase::Sealed);
        let written = real.world.events(job.generation_id).await;
        assert_eq!(written.len() as u64, ended.last_seq);
        assert_eq!(written, ended.events.iter().map(|e| e.event.clone()).collect::<Vec<_>>());
    }
    assert_eq!(real.world.started, [1, 1, 1]);
    real.world.idle().await;
    real.stop().await;
}

#[tokio::test]
async fn ends_that_are_no_faults() {
    let mut real = Real::with(&["sim-1"]).await;
    let cases = [
        ("sim-tokens=5,hold", FinishReason::Stop),
        ("sim-tokens=5,nodone", FinishReason::Stop),
        ("sim-tokens=5,nousage", FinishReason::Stop),
        ("sim-tokens=5,finish=length", FinishReason::Length),
        ("sim-tokens=5,finish=content_filter", FinishReason::Blocked),
    ];
    for (model, finish) in cases {
        let ended = real.world.answer(model).await;
        assert_eq!(ended.outcome, Outcome::Succeeded { finish }, "{model}");
        assert!(whole(5, &ended.text()), "{model}: {}", ended.text());
        let source =
            if model.contains("nousage") { UsageSource::Estimated } else { UsageSource::Provider };
        let usage: Usage = ended.usage.unwrap();
        assert_eq!(usage.source, source, "{model}");
        assert!(usage.output_tokens > 0 && usage.input_tokens > 0, "{model}: {usage:?}");
    }
    real.stop().await;
}

/// Asks for each model, and expects the code beside it after all retries.
pub async fn fail(mut real: Real, cases: &[(&str, &str)]) {
    let mut jobs = Vec::new();
    for (model, _) in cases {
        jobs.push(real.world.ask(model).await.generation_id);
    }
    for _ in cases {
        let ended = real.world.finished().await;
        let (model, code) = cases[jobs.iter().position(|id| *id == ended.generation_id).unwrap()];
        let Outcome::Failed(failure) = &ended.outcome else { panic!("{model}: {ended:?}") };
        assert_eq!(failure.code, code, "{model}");
        assert!(failure.message.ends_with("All retries are used."), "{model}: {failure:?}");
        assert_eq!(real.world.phase(ended.generation_id).await, LogPhase::Sealed, "{model}");
    }
    real.world.idle().await;
    assert_eq!(real.world.dead_letters().await.len(), cases.len());
    assert_eq!(real.world.key_states().await, [KeyState::Active, KeyState::Active]);
    real.stop().await;
}

#[tokio::test]
async fn every_lasting_fault_ends_in_a_clear_failure_and_the_key_is_innocent() {
    let cases = [
        ("sim-status=500", "overloaded"),
        ("sim-status=503,code=slow_down", "overloaded"),
        ("sim-tokens=9,error=3", "overloaded"),
        ("sim-tokens=9,cut=500", "truncated"),
        ("sim-tokens=9,noend", "truncated"),
        ("sim-cut=0", "network"),
        ("sim-tokens=9,malformed=3", "malformed_answer"),
        ("sim-tokens=9,badutf8=3", "malformed_answer"),
        ("sim-giant=3000000", "malformed_answer"),
    ];
    fail(Real::with(&["sim-1", "sim-2"]).await, &cases).await;
}

#[tokio::test]
async fn every_wait_ends_at_its_deadline_and_the_key_is_innocent() {
    let cases = [
        ("sim-ttft=50s", "timeout"),
        ("sim-tokens=9,stall=0", "timeout"),
        ("sim-tokens=9,stall=3", "timeout"),
        ("sim-tokens=9,keepalive=0", "timeout"),
        ("sim-tokens=9,keepalive=3", "timeout"),
        ("sim-tokens=100000,gap=100ms", "timeout"),
    ];
    let real = Real::configured(&["sim-1", "sim-2"], |mut config| {
        let deadlines = &mut config.providers[0].deadlines;
        deadlines.first_token = Duration::from_millis(300);
        deadlines.progress = Duration::from_millis(200);
        deadlines.total = Duration::from_millis(700);
        config
    });
    fail(real.await, &cases).await;
}

/// The provider has got the question each time, and may have worked on it.
#[tokio::test]
async fn a_wait_for_nothing_has_cost_the_prompt() {
    let real = Real::configured(&["sim-1", "sim-2"], |mut config| {
        config.providers[0].deadlines.first_token = Duration::from_millis(300);
        config
    });
    let mut real = real.await;
    let ended = real.world.answer("sim-status=503,ttft=50s").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "timeout");
    let usage = ended.usage.unwrap();
    assert!(usage.input_tokens > 0 && usage.output_tokens == 0, "{usage:?}");
    let ended = real.world.answer("sim-status=503").await;
    assert_eq!(ended.usage, None, "a refusal costs nothing");
    real.stop().await;
}

#[tokio::test]
async fn what_a_refused_request_says_is_told_at_once() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    for status in ["400", "413", "413,code=rate_limit_exceeded", "418", "422"] {
        let before = real.calls().len();
        let ended = real.world.answer(&format!("sim-status={status}")).await;
        let Outcome::Failed(failure) = &ended.outcome else { panic!("{status}: {ended:?}") };
        assert_eq!(failure.code, "bad_request", "{status}");
        assert!(failure.message.starts_with("The provider refused the request: "), "{failure:?}");
        assert_eq!(real.calls().len(), before + 1, "{status}: not tried again");
        assert_eq!(ended.usage, None, "{status}");
    }
    assert_eq!(real.world.key_states().await, [KeyState::Active, KeyState::Active]);
    assert_eq!(real.world.dead_letters().await, Vec::<String>::new());
    real.stop().await;
}

#[tokio::test]
async fn a_model_that_no_key_may_use_fails_without_a_wait() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    let ended = real.world.answer("sim-status=404,code=model_not_found").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!((ended.attempt, failure.code.as_str()), (1, "no_permission"));
    assert_eq!(real.calls().len(), 2, "each key was tried once");
    assert_eq!(real.world.key_states().await, [KeyState::Active, KeyState::Active]);
    real.stop().await;
}

/// Nobody's key is at fault, so none is asked besides, and none is barred.
#[tokio::test]
async fn a_model_that_is_not_there_fails_without_a_wait() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    for calls in 1..=2 {
        let ended = real.world.answer("sim-status=404,code=404").await;
        let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
        assert_eq!((ended.attempt, failure.code.as_str()), (1, "model_not_found"));
        assert_eq!(real.calls().len(), calls);
    }
    real.stop().await;
}

#[tokio::test]
async fn an_answer_without_end_is_cut_at_its_bound() {
    let mut real = Real::with(&["sim-1"]).await;
    let ended = real.world.answer("sim-endless").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "answer_too_large");
    assert!(ended.usage.unwrap().output_tokens >= 1000);
    real.stop().await;
}

/// Each is short enough, but all of them pile up in one log.
#[tokio::test]
async fn answers_broken_off_again_and_again_fill_no_more_than_the_log_may_take() {
    const RETRIES: u32 = 60;
    let patient = |config: Config| Config {
        limits: Limits { max_answer_bytes: 1000, ..config.limits },
        ladder: RetryLadder::new(vec![RUNG], RETRIES).unwrap(),
        ..config
    };
    let mut real = Real::configured(&["sim-1"], patient).await;
    let ended = real.world.answer("sim-tokens=60,noend").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "answer_too_large");
    assert!(failure.message.contains("16000 bytes"), "{failure:?}");
    assert!(ended.attempt > 3 && ended.attempt < RETRIES, "{}", ended.attempt);
    let log = real.world.log.read(ended.generation_id, 0, u32::MAX).await.unwrap();
    assert_eq!(log.phase, LogPhase::Sealed);
    let bytes: usize = log.entries.iter().map(|entry| entry.json.len()).sum();
    assert!((13_000..18_000).contains(&bytes), "{bytes}");
    real.world.idle().await;
    real.stop().await;
}

#[tokio::test]
async fn an_answer_cut_anywhere_is_never_taken_for_whole() {
    let mut real = Real::with(&["sim-1"]).await;
    let cuts = 0..body_length(&real).await;
    // The first call of each is cut, the second is not.
    let cut_once = |cut| Rule {
        model: Some(format!("m{cut}")),
        key: None,
        times: Some(1),
        behavior: format!("tokens=3,cut={cut}"),
    };
    let whole_then = Rule { model: None, key: None, times: None, behavior: "tokens=3".to_owned() };
    let rules = cuts.clone().map(cut_once).chain([whole_then]).collect();
    real.simulated.script().set(rules).unwrap();
    for cut in cuts.clone() {
        real.world.ask(&format!("m{cut}")).await;
    }
    for _ in cuts.clone() {
        let ended = real.world.ended().await;
        assert_eq!(ended.outcome.name(), "succeeded", "{ended:?}");
        let tags = parse_tags(&ended.text()).unwrap();
        let is_of_one_call = tags.iter().all(|tag| tag.call == tags[0].call);
        assert!(whole(3, &ended.text()) && is_of_one_call, "{}: {tags:?}", ended.model);
    }
    assert!(real.calls().len() > cuts.len() + cuts.len() / 2, "most were broken off");
    real.stop().await;
}

/// How many bytes the body of an answer of three tokens has.
async fn body_length(real: &Real) -> usize {
    let url = format!("{}/chat/completions", real.simulated.base_url());
    let body = r#"{"model":"sim-tokens=3","stream":true,"stream_options":{"include_usage":true},"messages":[{"role":"user","content":"Hi?"}]}"#;
    let client = reqwest::Client::builder().build().unwrap();
    let request = client.post(url).bearer_auth("sim-9").body(body);
    let response = request.header("content-type", "application/json").send().await.unwrap();
    response.bytes().await.unwrap().len()
}

#[tokio::test]
async fn text_of_a_broken_answer_is_voided_and_a_new_attempt_begins() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    real.next_calls(1, "tokens=9,gap=10ms,cut=1200");
    let job = real.world.ask("sim-tokens=9").await;
    let ended = real.world.ended().await;
    assert_eq!(ended.outcome, Outcome::Succeeded { finish: FinishReason::Stop });
    assert_eq!(ended.attempt, 2, "text was seen, so the answer is another attempt's");
    assert_eq!(real.world.started, [1, 2]);
    assert!(whole(9, &ended.text()));
    let tags = parse_tags(&ended.text()).unwrap();
    assert!(tags.iter().all(|tag| tag.call == 2), "never spliced: {tags:?}");
    assert_eq!(real.world.text(job.generation_id).await, ended.text());
    real.stop().await;
}

#[tokio::test]
async fn a_provider_that_cannot_be_reached_fails_clearly() {
    let mut world = World::real().await;
    // Nobody listens at the port of a listener that is gone.
    let free = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    world.start(config(format!("http://{free}/v1"), &["sim-1"]));
    let ended = world.answer("m").await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "network");
    assert!(!failure.message.contains(&free.to_string()), "{failure:?}");
    world.stop_softly().await;
}

#[tokio::test]
async fn a_job_that_cannot_be_read_is_reported_and_buried() {
    let mut real = Real::with(&["sim-1"]).await;
    let job = real.world.job("m", "Hi?");
    let mut later = serde_json::to_value(&job).unwrap();
    later["v"] = 99.into();
    for body in [b"nonsense".to_vec(), serde_json::to_vec(&later).unwrap()] {
        let envelope = envelope(&real.world, &body);
        ports::queue::Queue::publish(&*real.world.queue, &crate::world::topic(), envelope, None)
            .await
            .unwrap();
        let ended = real.world.ended().await;
        let Outcome::Failed(failure) = ended.outcome else { panic!("{ended:?}") };
        assert_eq!(failure.code, "poison_job");
    }
    real.world.idle().await;
    assert_eq!(real.world.dead_letters().await.len(), 2);
    assert!(real.calls().is_empty());
    real.stop().await;
}

#[tokio::test]
async fn a_fault_that_passes_costs_a_rung_and_the_answer_comes() {
    let mut real = Real::with(&["sim-1"]).await;
    let begun = tokio::time::Instant::now();
    let job = real.world.ask("sim-tokens=4,status=503,fail=1").await;
    let first = real.world.ended().await;
    assert!(
        matches!(&first.outcome, Outcome::RetryIn { uses_rung: true, reason, .. } if reason == "overloaded")
    );
    let last = real.world.ended().await;
    assert_eq!((last.attempt, last.outcome.name()), (2, "succeeded"));
    assert!(begun.elapsed() >= RUNG);
    assert!(first.last_seq < last.events[0].seq, "no event is reported twice");
    assert!(whole(4, &real.world.text(job.generation_id).await));
    real.stop().await;
}
