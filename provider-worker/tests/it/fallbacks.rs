//! Chains of models: the next one is asked when one cannot answer.

use std::time::Duration;

use domain::{
    attempt::Outcome,
    event::Event,
    job::Job,
    key::{RestCause, Verdict},
    ledger::UsageEvent,
    model::{ModelRef, ProviderName},
    report::Ended,
};
use ports::{
    live::{KeyPool, LendRequest, Lending, Returned},
    queue::{QueueOperations, Topic},
};
use provider_worker::{Config, ProviderConfig};
use secrecy::SecretString;
use simulated_provider::Rule;
use testkit::{keys::wish, sample};

use crate::world::{Real, eventually};

const FIRST: &str = "sim-tokens=3";
const SECOND: &str = "sim-tokens=4";
const MINUTE: Duration = Duration::from_mins(1);

/// A worker for two providers, with a key each.
async fn real() -> Real {
    Real::configured(&["sim-1"], with_second).await
}

fn with_second(mut config: Config) -> Config {
    let second = ProviderConfig {
        name: second(),
        keys: vec![SecretString::from("sim-2").into()],
        ..config.providers[0].clone()
    };
    config.providers.push(second);
    config
}

fn second() -> ProviderName {
    ProviderName::parse("second").unwrap()
}

impl Real {
    fn when(&self, rules: &[(&str, Option<u32>, &str)]) {
        let rule = |(key, times, behavior): &(&str, Option<u32>, &str)| Rule {
            model: None,
            key: Some((*key).to_owned()),
            times: *times,
            behavior: (*behavior).to_owned(),
        };
        self.simulated.script().set(rules.iter().map(rule).collect()).unwrap();
    }

    /// Asks the first model, and if that cannot answer one nobody here knows, then the second.
    async fn ask_chain(&mut self) -> (Job, Ended) {
        let of = |provider: ProviderName| ModelRef { provider, model: SECOND.to_owned() };
        let unknown = ProviderName::parse("unknown").unwrap();
        let fallbacks = vec![of(unknown), of(second())];
        let job = Job { fallbacks, ..self.world.job(FIRST, "Hi?") };
        self.world.publish(&job).await;
        (job, self.world.ended().await)
    }

    /// The key of the second model rests for a minute.
    async fn rest_second(&self) {
        self.rest(second(), SECOND).await;
    }

    /// The key of `model` rests for a minute.
    async fn rest(&self, provider: ProviderName, model: &str) {
        let request = LendRequest { tokens: 1, lease: MINUTE, ..wish(&provider, model) };
        let verdict = Verdict::Rest(RestCause::Throttled, MINUTE);
        eventually("the key rests", async || {
            let Lending::Lent(loan) = self.world.keys.lend(&request).await.unwrap() else {
                return false;
            };
            let returned = Returned { verdict, tokens: None };
            self.world.keys.give_back(&loan, returned).await.unwrap();
            true
        })
        .await;
    }

    fn asked(&self) -> Vec<(String, String)> {
        self.calls().into_iter().map(|call| (call.key, call.model)).collect()
    }
}

fn call(key: &str, model: &str) -> (String, String) {
    (key.to_owned(), model.to_owned())
}

#[tokio::test]
async fn an_overloaded_provider_is_not_waited_for() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "status=503")]);
    let (_, ended) = real.ask_chain().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (1, "succeeded"));
    assert_eq!((ended.provider, &*ended.model), (second(), SECOND));
    assert_eq!(real.asked().last(), Some(&call("sim-2", SECOND)));
    let models = ended.events.iter().filter_map(|entry| match &entry.event {
        Event::Status { model, .. } => Some(model.as_str()),
        _ => None,
    });
    assert_eq!(models.collect::<Vec<_>>(), [FIRST, SECOND], "viewers are told who answers");
    real.stop().await;
}

/// The first model is asked once, answers with `behavior`, and is left alone from then on.
async fn is_passed_over(behavior: &str) {
    let mut real = real().await;
    real.when(&[("sim-1", None, behavior)]);
    for _ in 0..2 {
        assert_eq!(real.ask_chain().await.1.outcome.name(), "succeeded");
    }
    let expected = [call("sim-1", FIRST), call("sim-2", SECOND), call("sim-2", SECOND)];
    assert_eq!(real.asked(), expected);
    real.stop().await;
}

#[tokio::test]
async fn a_model_nobody_may_use_is_passed_over() {
    is_passed_over("status=404").await;
}

#[tokio::test]
async fn a_model_that_is_not_there_is_passed_over() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "status=404,code=404")]);
    let (_, ended) = real.ask_chain().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (1, "succeeded"));
    assert_eq!(real.asked(), [call("sim-1", FIRST), call("sim-2", SECOND)]);
    real.stop().await;
}

/// Sooner than another model answers.
#[tokio::test]
async fn a_key_that_rests_for_a_second_is_waited_for() {
    let mut real = real().await;
    real.when(&[("sim-1", Some(1), "status=429,retry-after=1")]);
    let (_, ended) = real.ask_chain().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (1, "succeeded"));
    assert_eq!(real.asked(), [call("sim-1", FIRST), call("sim-1", FIRST)]);
    real.stop().await;
}

#[tokio::test]
async fn a_key_that_asks_for_a_second_again_is_not_waited_for_again() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "status=429,retry-after=1")]);
    let (_, ended) = real.ask_chain().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (1, "succeeded"));
    let expected = [call("sim-1", FIRST), call("sim-1", FIRST), call("sim-2", SECOND)];
    assert_eq!(real.asked(), expected);
    real.stop().await;
}

#[tokio::test]
async fn keys_that_rest_for_long_are_not_waited_for() {
    is_passed_over("status=429,retry-after=20").await;
}

#[tokio::test]
async fn text_of_the_first_model_is_voided() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "tokens=9,cut=600")]);
    let (job, ended) = real.ask_chain().await;
    assert_eq!(ended.outcome.name(), "succeeded", "{ended:?}");
    let text = real.simulated.record().text(real.calls().last().unwrap().number).unwrap();
    assert_eq!(real.world.text(job.generation_id).await, text);
    real.stop().await;
}

/// Each at its own price.
#[tokio::test]
async fn each_model_is_booked_for_what_it_spent() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "tokens=9,cut=600")]);
    let (_, ended) = real.ask_chain().await;
    let spent = real.world.spent().await;
    assert_eq!((&spent.provider, &*spent.model), (&sample::provider(), FIRST));
    assert_eq!((&ended.provider, &*ended.model), (&second(), SECOND));
    assert_eq!(ended.usage.unwrap().output_tokens, 4, "of the second alone: {ended:?}");
    assert!(spent.usage.output_tokens > 0, "of the first: {spent:?}");
    let told = ended.events.iter().find_map(|entry| match entry.event {
        Event::Usage { output_tokens, .. } => Some(output_tokens),
        _ => None,
    });
    assert_eq!(told, Some(spent.usage.output_tokens + 4), "viewers are told of both");
    assert_eq!(told, Some(ended.tokens().1), "and so is who asks for the generation");
    let entries = [UsageEvent::of_spent(&spent), UsageEvent::of(&ended).unwrap()];
    assert_ne!(entries[0].event_id, entries[1].event_id);
    assert!(real.world.spent.is_empty(), "told once");
    real.stop().await;
}

#[tokio::test]
async fn when_all_fail_it_waits_and_begins_at_the_first_again() {
    let mut real = real().await;
    real.when(&[("sim-1", Some(1), "status=503"), ("sim-2", Some(1), "status=503")]);
    let (job, parked) = real.ask_chain().await;
    assert_eq!(parked.outcome.name(), "retry");
    let ended = real.world.ended().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (2, "succeeded"));
    assert_eq!((ended.provider, &*ended.model), (sample::provider(), FIRST));
    assert_eq!(ended.generation_id, job.generation_id);
    let depth = real.world.queue.depth(&Topic::Requests(second())).await;
    assert_eq!(depth.unwrap().ready, 0);
    real.stop().await;
}

/// It is not a wait for a key: the first one was asked, so the control plane knows of the attempt.
#[tokio::test]
async fn when_one_fails_and_the_other_rests_the_ladder_is_climbed() {
    let mut real = real().await;
    real.rest_second().await;
    real.when(&[("sim-1", None, "status=503")]);
    let (_, parked) = real.ask_chain().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (1, "retry"), "{parked:?}");
    assert_eq!((parked.provider, &*parked.model), (sample::provider(), FIRST), "who was asked");
    let parked = real.world.ended().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (2, "retry"));
    let ended = real.world.ended().await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!((ended.attempt, &*failure.code), (3, "overloaded"));
    real.stop().await;
}

#[tokio::test]
async fn tokens_spent_before_the_other_rests_are_booked_under_a_number_of_their_own() {
    let mut real = real().await;
    real.rest_second().await;
    real.when(&[("sim-1", Some(2), "tokens=9,cut=600")]);
    let (job, parked) = real.ask_chain().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (3, "retry"), "{parked:?}");
    assert_eq!((&parked.provider, &*parked.model), (&sample::provider(), FIRST));
    assert!(parked.usage.is_some() && parked.key.is_some(), "{parked:?}");
    let ended = real.world.ended().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (4, "succeeded"));
    let text = real.simulated.record().text(real.calls().last().unwrap().number).unwrap();
    assert_eq!(real.world.text(job.generation_id).await, text);
    real.stop().await;
}

/// No wait gives a key a right that it does not have, but the other model's keys only rest.
#[tokio::test]
async fn a_model_nobody_may_use_does_not_end_a_wait_for_another() {
    let mut real = real().await;
    real.rest_second().await;
    real.when(&[("sim-1", None, "status=404")]);
    let (_, parked) = real.ask_chain().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (1, "retry"), "{parked:?}");
    real.stop().await;
}

/// Nor one of the model before it.
#[tokio::test]
async fn a_model_nobody_may_use_does_not_end_a_wait_for_an_earlier_one() {
    let mut real = real().await;
    real.rest(sample::provider(), FIRST).await;
    real.when(&[("sim-2", None, "status=404")]);
    let (_, parked) = real.ask_chain().await;
    assert_eq!((parked.attempt, parked.outcome.name()), (1, "retry"), "{parked:?}");
    assert_eq!((&parked.provider, &*parked.model), (&second(), SECOND), "who was asked");
    real.stop().await;
}

#[tokio::test]
async fn the_model_that_may_answer_soonest_is_waited_for() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "status=503"), ("sim-2", None, "status=404")]);
    let (_, parked) = real.ask_chain().await;
    let Outcome::RetryIn { reason, uses_rung: true, .. } = &parked.outcome else {
        panic!("{parked:?}")
    };
    assert_eq!(reason, "overloaded");
    real.stop().await;
}

/// Nobody was asked: no rung of the ladder is used up.
#[tokio::test]
async fn when_one_is_left_alone_and_the_other_rests_the_attempt_waits_for_a_key() {
    let mut real = real().await;
    real.rest_second().await;
    real.when(&[("sim-1", None, "status=503")]);
    // The seventh refusal has the provider left alone for longer than a chain waits.
    for _ in 0..2 {
        assert_eq!(real.world.answer(FIRST).await.outcome.name(), "failed");
    }
    real.world.ask(FIRST).await;
    real.world.ended().await;
    let calls = real.calls().len();
    let (_, waits) = real.ask_chain().await;
    assert!(matches!(waits.outcome, Outcome::RetryIn { uses_rung: false, .. }), "{waits:?}");
    assert_eq!(real.calls().len(), calls, "an overloaded provider is left alone");
    real.world.crash().await;
}

#[tokio::test]
async fn a_bad_request_is_bad_everywhere() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "status=400")]);
    let (_, ended) = real.ask_chain().await;
    assert!(matches!(ended.outcome, Outcome::Failed(_)));
    assert_eq!(real.asked(), [call("sim-1", FIRST)]);
    real.stop().await;
}

/// A later model may refuse what the first one takes, such as a long prompt.
#[tokio::test]
async fn a_request_that_a_later_model_refuses_waits_for_the_first() {
    let mut real = real().await;
    real.when(&[("sim-1", Some(1), "status=503"), ("sim-2", None, "status=400")]);
    let (_, parked) = real.ask_chain().await;
    let Outcome::RetryIn { reason, .. } = &parked.outcome else { panic!("{parked:?}") };
    assert_eq!(reason, "overloaded");
    let ended = real.world.ended().await;
    assert_eq!((ended.attempt, ended.outcome.name()), (2, "succeeded"));
    assert_eq!(real.asked().last(), Some(&call("sim-1", FIRST)));
    real.stop().await;
}

/// Nothing is left to wait for then.
#[tokio::test]
async fn a_request_that_a_later_model_refuses_fails_if_the_first_one_is_not_there() {
    let mut real = real().await;
    real.when(&[("sim-1", None, "status=404,code=404"), ("sim-2", None, "status=400")]);
    let (_, ended) = real.ask_chain().await;
    let Outcome::Failed(failure) = &ended.outcome else { panic!("{ended:?}") };
    assert_eq!(failure.code, "bad_request");
    real.stop().await;
}
