//! No model is asked for more than it can, and nothing beyond that is booked.

use std::collections::BTreeMap;

use domain::{
    attempt::{FinishReason, Outcome},
    job::{Job, Sampling},
    model::{ModelRef, ProviderName},
    report::Ended,
    usage::UsageSource,
};
use provider_worker::{Config, ProviderConfig};

use crate::world::Real;

const MODEL: &str = "sim-tokens=30";
const OTHER: &str = "sim-tokens=31";

fn most(known: &[(&str, u32)]) -> BTreeMap<String, u32> {
    known.iter().map(|(model, most)| ((*model).to_owned(), *most)).collect()
}

/// A worker for two providers; the model of the first puts out so many tokens, that of the second
/// five.
async fn real(first: u32) -> Real {
    Real::configured(&["sim-1"], |mut config: Config| {
        config.providers[0].max_output = most(&[(MODEL, first)]);
        let second = ProviderConfig {
            name: ProviderName::parse("second").unwrap(),
            max_output: most(&[(OTHER, 5)]),
            ..config.providers[0].clone()
        };
        config.providers.push(second);
        config
    })
    .await
}

impl Real {
    /// Asks for at most so many tokens, of the first provider and then of the second.
    async fn ask_for(&mut self, max_tokens: Option<u32>) -> Ended {
        let second = ProviderName::parse("second").unwrap();
        let fallbacks = vec![ModelRef { provider: second, model: OTHER.to_owned() }];
        let sampling = Sampling { max_tokens, ..Sampling::default() };
        self.world.publish(&Job { fallbacks, sampling, ..self.world.job(MODEL, "Hi?") }).await;
        self.world.finished().await
    }

    /// How many tokens each call was answered with.
    fn tokens(&self) -> Vec<usize> {
        self.calls().into_iter().map(|call| call.tokens).collect()
    }
}

fn booked(ended: &Ended) -> (u64, UsageSource) {
    ended.usage.map(|usage| (usage.output_tokens, usage.source)).unwrap()
}

#[tokio::test]
async fn a_model_is_asked_for_as_much_as_it_can() {
    let mut real = real(7).await;
    for (asked, answered) in [(3, 3), (7, 7), (20, 7)] {
        let ended = real.ask_for(Some(asked)).await;
        assert_eq!(ended.outcome, Outcome::Succeeded { finish: FinishReason::Length });
        assert_eq!(booked(&ended), (answered, UsageSource::Provider), "{asked}");
    }
    assert_eq!(real.tokens(), [3, 7, 7]);
    real.stop().await;
}

#[tokio::test]
async fn the_next_of_a_chain_is_asked_for_as_much_as_that_one_can() {
    let mut real = real(7).await;
    real.next_calls(1, "status=503");
    let ended = real.ask_for(Some(20)).await;
    assert_eq!((ended.model.as_str(), booked(&ended)), (OTHER, (5, UsageSource::Provider)));
    real.stop().await;
}

#[tokio::test]
async fn nothing_is_asked_for_unless_somebody_does_and_no_more_is_booked_than_can_be() {
    let mut real = real(7).await;
    let ended = real.ask_for(None).await;
    assert_eq!(real.tokens(), [30]);
    assert_eq!(booked(&ended), (7, UsageSource::Estimated));
    real.stop().await;
}

#[tokio::test]
async fn each_call_of_an_attempt_is_booked_up_to_the_maximum() {
    let mut real = real(7).await;
    real.next_calls(1, "tokens=30,cut=2500");
    let ended = real.ask_for(None).await;
    assert_eq!((real.calls().len(), ended.outcome.name()), (2, "succeeded"), "{ended:?}");
    assert_eq!(booked(&ended), (2 * 7, UsageSource::Estimated));
    real.stop().await;
}
