//! What is said of single keys, and keys that are looked at.

use std::{sync::Arc, time::Duration};

use domain::{
    attempt::Outcome,
    failure::ErrorClass,
    key::{KeyId, RestCause, SharedLimit, Uses, Verdict},
};
use ports::live::{KeyPool, KeySpec, KeyState, KeyStatus, Probe};
use provider_worker::key_id;
use secrecy::SecretString;
use simulated_provider::Rule;
use testkit::sample;
use tokio::time::sleep;

use crate::{
    scripted::{Say, Scripted},
    world::{Real, World, config, eventually},
};

const MODEL: &str = "sim-tokens=3";

impl Real {
    async fn status(&self, secret: &str) -> KeyStatus {
        let keys = self.world.keys.keys(&sample::provider()).await.unwrap();
        keys.into_iter().find(|status| status.key == id(secret)).unwrap()
    }

    fn rules(&self, rules: &[(&str, &str, &str)]) {
        let rule = |(model, key, behavior): &(&str, &str, &str)| Rule {
            model: (!model.is_empty()).then(|| (*model).to_owned()),
            key: Some((*key).to_owned()),
            times: None,
            behavior: (*behavior).to_owned(),
        };
        self.simulated.script().set(rules.iter().map(rule).collect()).unwrap();
    }
}

fn id(secret: &str) -> KeyId {
    key_id(&sample::provider(), &SecretString::from(secret))
}

#[tokio::test]
async fn a_key_without_the_right_to_a_model_serves_others() {
    let mut real = Real::with(&["sim-1", "sim-2"]).await;
    real.rules(&[(MODEL, "sim-1", "status=404")]);
    for _ in 0..3 {
        assert_eq!(real.world.answer(MODEL).await.outcome.name(), "succeeded");
    }
    let refused = real.calls().iter().filter(|call| call.key == "sim-1").count();
    assert!(refused <= 1, "not asked for this model again");
    real.rules(&[(MODEL, "sim-1", "status=404"), (MODEL, "sim-2", "status=404")]);
    let ended = real.world.answer(MODEL).await;
    assert!(matches!(ended.outcome, Outcome::Failed(_)), "{ended:?}");
    for _ in 0..2 {
        assert_eq!(real.world.answer("sim-tokens=2").await.outcome.name(), "succeeded");
    }
    assert_eq!(real.status("sim-1").await.state, KeyState::Active);
    assert_eq!(real.status("sim-1").await.models[0].model, MODEL);
    real.stop().await;
}

/// It may be the prompt, the country or a wall on the way, whichever key is shown.
#[tokio::test]
async fn a_key_is_not_barred_for_what_is_forbidden_without_a_reason() {
    let mut real = Real::with(&["sim-1"]).await;
    real.next_calls(1, "status=403");
    real.world.ask(MODEL).await;
    let parked = real.world.ended().await;
    let Outcome::RetryIn { reason, .. } = &parked.outcome else { panic!("{parked:?}") };
    assert_eq!(reason, "unknown");
    let status = real.status("sim-1").await;
    assert_eq!((status.state, status.models.len()), (KeyState::Active, 0));
    assert_eq!(real.world.finished().await.outcome.name(), "succeeded");
    real.stop().await;
}

#[tokio::test]
async fn tokens_used_are_settled_with_the_pool() {
    let mut real = Real::configured(&["sim-1"], |mut config| {
        config.providers[0].keys[0].uses.tokens_per_minute = Some(100_000);
        config
    })
    .await;
    let ended = real.world.answer("sim-tokens=30").await;
    let usage = ended.usage.unwrap();
    let used = usage.input_tokens + usage.output_tokens;
    eventually("the loan is settled", async || real.status("sim-1").await.budgets[0].used == used)
        .await;
    real.stop().await;
}

/// The wait for it took the time that was left.
#[tokio::test(start_paused = true)]
async fn a_key_that_comes_too_late_is_given_back_as_unused() {
    let mut world = World::virtual_time().await;
    let (after, class) = (Duration::from_secs(15), ErrorClass::Truncated);
    let provider = Arc::new(Scripted::new(&[Say::BreakAfter("", after, class)]));
    let mut config = config("http://unused.invalid/v1".to_owned(), &["k1"]);
    config.providers[0].keys[0].uses.tokens_per_minute = Some(100_000);
    config.limits.delivery = Duration::from_secs(100);
    world.start_with(config, Arc::<Scripted>::clone(&provider));
    world.ask("m").await;
    sleep(Duration::from_secs(1)).await;
    let rest = Verdict::Rest(RestCause::Throttled, Duration::from_secs(43));
    world.told("k1", rest).await;
    let parked = world.ended().await;
    assert_eq!((parked.outcome.name(), provider.calls().len()), ("retry", 1));
    let spent = parked.usage.unwrap();
    let key = world.keys.keys(&sample::provider()).await.unwrap().remove(0);
    assert_eq!((key.used_in_window, key.budgets[0].used), (2, spent.input_tokens));
    world.crash().await;
}

#[tokio::test]
async fn a_key_this_worker_does_not_have_is_given_back() {
    let mut real = Real::with(&["sim-1"]).await;
    assert_eq!(real.world.answer(MODEL).await.outcome.name(), "succeeded");
    // Another worker has one more key, with little to spend.
    let one = |secret: &str| KeySpec { concurrency: Some(1), ..KeySpec::plain(id(secret), None) };
    let both = [one("sim-1"), one("sim-other")];
    real.world.keys.register(&sample::provider(), &both).await.unwrap();
    for _ in 0..3 {
        assert_eq!(real.world.answer(MODEL).await.outcome.name(), "succeeded");
    }
    eventually("nothing is under way", async || {
        real.status("sim-other").await.under_way == 0 && real.status("sim-1").await.under_way == 0
    })
    .await;
    real.stop().await;
}

#[tokio::test]
async fn a_limit_of_a_group_is_held_by_all_its_keys() {
    let mut real = Real::configured(&["sim-1", "sim-2", "sim-3"], |mut config| {
        let provider = &mut config.providers[0];
        for key in &mut provider.keys[..2] {
            key.group = Some("account".to_owned());
        }
        let uses = Uses { requests_per_day: Some(3), ..Uses::default() };
        provider.limits =
            vec![SharedLimit { group: Some("account".to_owned()), model: None, uses }];
        config
    })
    .await;
    for _ in 0..12 {
        assert_eq!(real.world.answer(MODEL).await.outcome.name(), "succeeded");
    }
    let alone = real.calls().iter().filter(|call| call.key == "sim-3").count();
    assert_eq!(alone, 9, "three of twelve were within the account's limit");
    real.stop().await;
}

#[tokio::test]
async fn a_key_s_calls_go_through_its_proxy() {
    // The simulated provider answers whatever address a request names, as a proxy would.
    let mut real = Real::configured(&["sim-1", "sim-2"], |mut config| {
        let provider = &mut config.providers[0];
        let proxy = provider.base_url.trim_end_matches("/v1").to_owned();
        provider.base_url = "http://nowhere.invalid/v1".to_owned();
        provider.keys[0].proxy = Some(SecretString::from(proxy));
        config
    })
    .await;
    for _ in 0..2 {
        assert_eq!(real.world.answer(MODEL).await.outcome.name(), "succeeded");
    }
    assert!(real.calls().iter().all(|call| call.key == "sim-1"), "sim-2 reaches nobody");
    real.world.keys.ask_probe(&sample::provider(), &id("sim-1")).await.unwrap();
    let found = |status: KeyStatus| status.probe.map(|probe| probe.found);
    eventually("the key is looked at", async || {
        found(real.status("sim-1").await).as_deref() == Some(Probe::WELL)
    })
    .await;
    real.stop().await;
}

#[tokio::test]
async fn a_revoked_key_that_is_found_well_is_used_again() {
    let mut real = Real::with(&["sim-1"]).await;
    real.rules(&[("", "sim-1", "status=401")]);
    assert!(matches!(real.world.answer(MODEL).await.outcome, Outcome::Failed(_)));
    let probed = async |real: &Real, expected: &str| {
        real.world.keys.ask_probe(&sample::provider(), &id("sim-1")).await.unwrap();
        eventually("the key is looked at", async || {
            let probe = real.status("sim-1").await.probe;
            probe.is_some_and(|probe| probe.found == expected)
        })
        .await;
    };
    probed(&real, "invalid_key").await;
    assert_eq!(real.status("sim-1").await.state, KeyState::Revoked);
    real.rules(&[]);
    probed(&real, Probe::WELL).await;
    assert_eq!(real.world.answer(MODEL).await.outcome.name(), "succeeded");
    real.stop().await;
}
