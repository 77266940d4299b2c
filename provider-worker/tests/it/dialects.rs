//! What every dialect promises, on the real wire.

use std::time::Duration;

use domain::{
    attempt::{FinishReason, Outcome},
    usage::UsageSource,
};
use ports::live::KeyState;
use provider_worker::Dialect;

use crate::{
    faults::{fail, whole},
    world::Real,
};

async fn answers_are_whole_in_order_and_counted(dialect: Dialect) {
    let mut real = Real::speaking(dialect, &["sim-1"]).await;
    let cases = [
        ("sim-tokens=30", FinishReason::Stop),
        ("sim-tokens=30,slice=1", FinishReason::Stop),
        ("sim-tokens=30,crlf,slice=3", FinishReason::Stop),
        ("sim-tokens=30,hold", FinishReason::Stop),
        ("sim-tokens=30,nousage", FinishReason::Stop),
        ("sim-tokens=30,finish=length", FinishReason::Length),
        ("sim-tokens=30,finish=content_filter", FinishReason::Blocked),
    ];
    for (model, finish) in cases {
        let ended = real.world.answer(model).await;
        assert_eq!(ended.outcome, Outcome::Succeeded { finish }, "{model}");
        assert!(whole(30, &ended.text()), "{model}: {}", ended.text());
        let usage = ended.usage.unwrap();
        assert!(usage.input_tokens > 0 && usage.output_tokens > 0, "{model}: {usage:?}");
        if !model.contains("nousage") {
            let expected = (1, 30, UsageSource::Provider);
            assert_eq!(
                (usage.input_tokens, usage.output_tokens, usage.source),
                expected,
                "{model}"
            );
        }
    }
    real.stop().await;
}

async fn lasting_faults_end_in_a_clear_failure(dialect: Dialect) {
    let cases = [
        ("sim-status=500", "overloaded"),
        ("sim-status=503", "overloaded"),
        ("sim-status=504", "overloaded"),
        ("sim-tokens=9,error=3", "overloaded"),
        ("sim-tokens=99,cut=900", "truncated"),
        ("sim-tokens=9,noend", "truncated"),
        ("sim-cut=0", "network"),
        ("sim-tokens=9,malformed=3", "malformed_answer"),
        ("sim-tokens=9,badutf8=3", "malformed_answer"),
        ("sim-giant=3000000", "malformed_answer"),
        ("sim-tokens=9,stall=3", "timeout"),
        ("sim-tokens=9,keepalive=3", "timeout"),
    ];
    fail(Real::speaking(dialect, &["sim-1", "sim-2"]).await, &cases).await;
}

async fn a_refused_key_is_blamed_and_another_answers(dialect: Dialect) {
    let seconds = |n| Some(Duration::from_secs(n));
    let cases = [
        ("status=401", None),
        ("status=402", seconds(3600)),
        ("status=429,retry-after=7", seconds(7)),
        ("status=429", seconds(60)),
    ];
    for (behavior, rest) in cases {
        let mut real = Real::speaking(dialect, &["sim-1", "sim-2"]).await;
        real.when_key("sim-1", behavior);
        // Whichever key comes first, both have been used after two answers.
        for _ in 0..2 {
            let ended = real.world.answer("sim-tokens=3").await;
            assert_eq!((ended.attempt, ended.outcome.name()), (1, "succeeded"), "{behavior}");
        }
        assert_eq!(real.calls().len(), 3, "{behavior}");
        assert_eq!(real.world.key_state("sim-2").await, KeyState::Active, "{behavior}");
        match (real.world.key_state("sim-1").await, rest) {
            (KeyState::Revoked, None) => {}
            (KeyState::CoolingUntil(until) | KeyState::ExhaustedUntil(until), Some(rest)) => {
                let left = (until - real.world.clock.now()).to_std().unwrap();
                assert!(
                    left <= rest && left + Duration::from_secs(5) > rest,
                    "{behavior}: {left:?}"
                );
            }
            other => panic!("{behavior}: {other:?}"),
        }
        real.stop().await;
    }
}

async fn what_is_wrong_with_the_request_is_told_at_once(dialect: Dialect) {
    let mut real = Real::speaking(dialect, &["sim-1", "sim-2"]).await;
    for (status, code, calls) in
        [(400, "bad_request", 1), (413, "bad_request", 1), (404, "no_permission", 2)]
    {
        let before = real.calls().len();
        let ended = real.world.answer(&format!("sim-status={status}")).await;
        let Outcome::Failed(failure) = &ended.outcome else { panic!("{status}: {ended:?}") };
        assert_eq!(failure.code, code, "{status}");
        assert_eq!(real.calls().len(), before + calls, "{status}");
    }
    assert_eq!(real.world.key_states().await, [KeyState::Active, KeyState::Active]);
    real.stop().await;
}

macro_rules! for_every_dialect {
    ($($case:ident),* $(,)?) => {
        mod openai { $(#[tokio::test] async fn $case() { super::$case(super::Dialect::OpenAi).await; })* }
        mod gemini { $(#[tokio::test] async fn $case() { super::$case(super::Dialect::Gemini).await; })* }
        mod anthropic { $(#[tokio::test] async fn $case() { super::$case(super::Dialect::Anthropic).await; })* }
    };
}

for_every_dialect!(
    answers_are_whole_in_order_and_counted,
    lasting_faults_end_in_a_clear_failure,
    a_refused_key_is_blamed_and_another_answers,
    what_is_wrong_with_the_request_is_told_at_once,
);
