//! Promises of `ports::store::Jobs`.

use domain::{
    attempt::Outcome,
    generation::Generation,
    id::{GenerationId, UserId},
    model::ProviderName,
    phase::Phase,
    time::Timestamp,
};
use ports::store::Sought;

use super::bench::{ALL, StoreUnderTest, t};
use crate::{contract::contract, sample};

contract! {
    /// One test per promise of `ports::store::Jobs`. Takes the path of an async function that makes a
    /// `testkit::contract::store::StoreUnderTest`.
    jobs_contract = testkit::contract::store::jobs:
        what_is_under_way_is_found_by_how_far_it_has_come,
        what_is_under_way_is_found_by_whose_and_who_is_asked,
        what_is_under_way_comes_in_pages_in_order,
}

async fn found(store: &StoreUnderTest, sought: Sought, at: Timestamp) -> Vec<GenerationId> {
    let found = store.jobs.under_way(&sought, None, ALL, at).await.unwrap();
    found.into_iter().map(|generation| generation.id).collect()
}

/// One of `user` that waits behind `first`.
async fn held(store: &StoreUnderTest, behind: &Generation, seconds: u64) -> Generation {
    let mut new = sample::new_generation(behind.user_id, behind.chat_id, "And then?", t(seconds));
    new.generation.held = true;
    new.outbox.clear();
    new.max_held = 9;
    store.admit(&new).await;
    new.generation
}

/// As `domain::phase` tells them apart; what has ended is not there.
pub async fn what_is_under_way_is_found_by_how_far_it_has_come(store: StoreUnderTest) {
    let queued = store.queued_at(t(1)).await;
    let streaming = store.streaming_at(t(2)).await;
    let waiting = store.streaming_at(t(3)).await;
    let (at, reason) = (t(60), "overloaded".to_owned());
    let retry = Outcome::RetryIn { at, reason, uses_rung: true };
    store.end(&waiting, 1, retry, vec![], t(3)).await;
    let held = held(&store, &streaming, 4).await;
    let ended = store.streaming_at(t(5)).await;
    store.end(&ended, 1, sample::succeeded(), vec![], t(6)).await;
    let of = async |phase, at| found(&store, Sought { phase, ..Sought::default() }, at).await;
    assert_eq!(of(None, t(9)).await, [queued.id, streaming.id, waiting.id, held.id]);
    for (phase, expected) in [
        (Phase::Held, &[held.id][..]),
        (Phase::Waiting, &[waiting.id]),
        (Phase::Queued, &[queued.id]),
        (Phase::Streaming, &[streaming.id]),
    ] {
        assert_eq!(of(Some(phase), t(9)).await, expected, "{phase:?}");
        for id in expected {
            let found = store.progress.find_any(*id).await.unwrap().unwrap();
            assert_eq!(Phase::of(&found, t(9)), Some(phase));
        }
    }
    // Its time has come.
    assert_eq!(of(Some(Phase::Waiting), t(60)).await, []);
    assert_eq!(of(Some(Phase::Queued), t(60)).await, [queued.id, waiting.id]);
}

/// All that is named has to be so.
pub async fn what_is_under_way_is_found_by_whose_and_who_is_asked(store: StoreUnderTest) {
    let other = ProviderName::parse("other").unwrap();
    let chat = store.chat().await;
    let mut new = sample::new_generation(chat.owner, chat.id, "Hello?", t(1));
    new.generation.provider = other.clone();
    "best".clone_into(&mut new.generation.model);
    store.admit(&new).await;
    let (theirs, usual) = (new.generation, store.queued_at(t(2)).await);
    let (provider, model) = (Some(sample::provider()), Some("best".to_owned()));
    let user = Some(usual.user_id);
    let none = Sought::default;
    for (sought, expected) in [
        (Sought { user, ..none() }, &[usual.id][..]),
        (Sought { user: Some(UserId::generate(t(3))), ..none() }, &[]),
        (Sought { provider: Some(other), ..none() }, &[theirs.id]),
        (Sought { provider: provider.clone(), ..none() }, &[usual.id]),
        (Sought { model: model.clone(), ..none() }, &[theirs.id]),
        (Sought { user, model, ..none() }, &[]),
        (Sought { user, provider, phase: Some(Phase::Queued), ..none() }, &[usual.id]),
    ] {
        assert_eq!(found(&store, sought.clone(), t(9)).await, expected, "{sought:?}");
    }
}

/// Of any size.
pub async fn what_is_under_way_comes_in_pages_in_order(store: StoreUnderTest) {
    let mut ids = Vec::new();
    for seconds in [1, 2, 2, 3, 4] {
        ids.push(store.queued_at(t(seconds)).await.id);
    }
    ids.sort();
    for size in [1, 2, 5, 6] {
        let (mut read, mut after) = (Vec::new(), None);
        loop {
            let page = store.jobs.under_way(&Sought::default(), after, size, t(9)).await.unwrap();
            assert!(page.len() <= size as usize);
            after = page.last().map(|generation| generation.id);
            read.extend(page.into_iter().map(|generation| generation.id));
            if after.is_none() {
                break;
            }
        }
        assert_eq!(read, ids, "pages of {size}");
    }
}
