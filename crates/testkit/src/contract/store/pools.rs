//! Promises of `ports::store::Pools`.

use domain::{
    account::User,
    id::UserId,
    key::KeyId,
    model::ProviderName,
    pool::{PoolChange, PoolWish},
    time::Timestamp,
};
use ports::store::{BROUGHT_BACK_FOR, Pause, Speaking, SwitchedTo};

use super::bench::{StoreUnderTest, t};
use crate::contract::contract;

contract! {
    /// One test per promise of `ports::store::Pools`. Takes the path of an async function that makes a
    /// `testkit::contract::store::StoreUnderTest`.
    pools_contract = testkit::contract::store::pools:
        without_a_wish_there_is_none,
        what_is_wished_is_kept,
        a_change_leaves_what_it_does_not_name,
        changes_at_once_undo_nothing,
        who_paused_a_pool_is_known_until_it_goes_on,
        keys_are_out_until_they_are_brought_back,
        keys_brought_back_are_told_for_a_while,
        changes_of_a_key_are_numbered,
}

/// Whoever runs the machine, for no reason.
const NOBODY: Speaking<'_> = Speaking { by: None, reason: None };

/// Workers go by their configuration.
pub async fn without_a_wish_there_is_none(store: StoreUnderTest) {
    assert_eq!(store.pools.pools().await.unwrap(), []);
}

fn pool(name: &str) -> ProviderName {
    ProviderName::parse(name).unwrap()
}

/// Everything that can be said of a pool, as `said` has it.
fn change(said: (Option<bool>, Option<u16>, Option<u32>)) -> PoolChange {
    let (paused, concurrency, requests_per_minute) = said;
    PoolChange { paused, concurrency, requests_per_minute }
}

/// For each pool by itself, by name.
pub async fn what_is_wished_is_kept(store: StoreUnderTest) {
    let said = [
        ("b", change((Some(true), None, None))),
        ("a", change((None, Some(u16::MAX), Some(u32::MAX)))),
        ("b", change((Some(false), Some(1), None))),
    ];
    for (second, (name, change)) in (0..).zip(said) {
        store.pools.change_pool(&pool(name), change, NOBODY, t(second)).await.unwrap();
    }
    let (most, all) = (Some(u16::MAX), Some(u32::MAX));
    let a = PoolWish { paused: false, concurrency: most, requests_per_minute: all };
    let b = PoolWish { paused: false, concurrency: Some(1), requests_per_minute: None };
    assert_eq!(store.pools.pools().await.unwrap(), [(pool("a"), a), (pool("b"), b)]);
}

/// And 0 takes back what was wished, also where nothing was.
pub async fn a_change_leaves_what_it_does_not_name(store: StoreUnderTest) {
    let mut expected = PoolWish::default();
    for said in [
        (None, Some(0), Some(0)),
        (Some(true), None, None),
        (None, Some(7), None),
        (None, None, Some(60)),
        (Some(false), None, None),
        (None, Some(0), None),
        (Some(true), Some(9), Some(0)),
        (None, None, None),
    ] {
        let change = change(said);
        expected = change.of(expected);
        let answered = store.pools.change_pool(&pool("a"), change, NOBODY, t(1)).await.unwrap();
        assert_eq!(answered, expected, "{said:?}");
        assert_eq!(store.pools.pools().await.unwrap(), [(pool("a"), expected)], "{said:?}");
    }
}

/// Two operators, each with a wish of their own, get both.
pub async fn changes_at_once_undo_nothing(store: StoreUnderTest) {
    for round in 1..=20_u16 {
        let (paused, concurrency) = (round % 2 == 0, Some(round));
        let (one, other) = (change((Some(paused), None, None)), change((None, concurrency, None)));
        let name = pool("a");
        let both = tokio::join!(
            store.pools.change_pool(&name, one, NOBODY, t(1)),
            store.pools.change_pool(&name, other, NOBODY, t(1)),
        );
        both.0.unwrap();
        both.1.unwrap();
        let wish = PoolWish { paused, concurrency, requests_per_minute: None };
        assert_eq!(store.pools.pools().await.unwrap(), [(pool("a"), wish)]);
    }
}

/// Who paused it last, if several did, and as long as that account is there; other changes leave it.
pub async fn who_paused_a_pool_is_known_until_it_goes_on(store: StoreUnderTest) {
    let ada = store.user().await;
    let by_ada = Speaking { by: Some(ada.id), reason: Some("the bill\u{0}") };
    let stranger = Speaking { by: Some(UserId::generate(t(0))), reason: None };
    let pause = |by: Option<&User>, at, reason: Option<&str>| {
        let by = by.map(|user| user.email.clone());
        vec![(pool("a"), Pause { by, at, reason: reason.map(str::to_owned) })]
    };
    let (of_ada, nobody) = (pause(Some(&ada), t(2), by_ada.reason), pause(None, t(4), None));
    for (second, said, speaking, expected) in [
        (1, (Some(false), None, None), by_ada, vec![]),
        (2, (Some(true), None, None), by_ada, of_ada.clone()),
        (3, (None, Some(7), None), NOBODY, of_ada),
        (4, (Some(true), None, None), NOBODY, nobody),
        (5, (Some(true), None, None), stranger, pause(None, t(5), None)),
        (6, (Some(false), None, None), by_ada, vec![]),
        (7, (None, None, Some(1)), by_ada, vec![]),
    ] {
        store.pools.change_pool(&pool("a"), change(said), speaking, t(second)).await.unwrap();
        assert_eq!(store.pools.pauses().await.unwrap(), expected, "after {second}");
    }
}

fn provider() -> ProviderName {
    ProviderName::parse("p").unwrap()
}

impl StoreUnderTest {
    async fn switch(&self, key: &str, to: SwitchedTo, at: Timestamp) -> u64 {
        self.pools.switch_key(&provider(), &KeyId::new(key), to, at).await.unwrap()
    }

    /// What was said of keys, as it is told at `at`.
    async fn switched(&self, at: Timestamp) -> Vec<(String, SwitchedTo)> {
        let all = self.pools.switched_keys(at).await.unwrap();
        assert!(all.iter().all(|switched| switched.provider == provider()));
        all.into_iter().map(|switched| (switched.key.to_string(), switched.to)).collect()
    }
}

/// Or until their time has come.
pub async fn keys_are_out_until_they_are_brought_back(store: StoreUnderTest) {
    assert_eq!(store.switched(t(0)).await, []);
    let until = SwitchedTo::OffUntil(t(100));
    store.switch("b", SwitchedTo::Off, t(1)).await;
    store.switch("a", SwitchedTo::Off, t(2)).await;
    store.switch("a", until, t(3)).await;
    let year = 365 * 24 * 3600;
    let (a, b) = (("a".to_owned(), until), ("b".to_owned(), SwitchedTo::Off));
    assert_eq!(store.switched(t(99)).await, [a, b.clone()]);
    assert_eq!(store.switched(t(100)).await, std::slice::from_ref(&b));
    assert_eq!(store.switched(t(year)).await, [b]);
}

/// Then everybody knows.
pub async fn keys_brought_back_are_told_for_a_while(store: StoreUnderTest) {
    store.switch("a", SwitchedTo::Off, t(1)).await;
    store.switch("a", SwitchedTo::On, t(2)).await;
    assert_eq!(store.switched(t(3)).await, [("a".to_owned(), SwitchedTo::On)]);
    assert_eq!(store.switched(t(2) + BROUGHT_BACK_FOR).await, []);
}

/// Also by processes whose clocks differ.
pub async fn changes_of_a_key_are_numbered(store: StoreUnderTest) {
    let mut last = 0;
    for (second, to) in [(50, SwitchedTo::Off), (10, SwitchedTo::On), (10, SwitchedTo::Off)] {
        let change = store.switch("a", to, t(second)).await;
        assert!(change > last, "{change} after {last}");
        last = change;
    }
    let kept = store.pools.switched_keys(t(60)).await.unwrap();
    assert_eq!((kept[0].change, kept[0].to), (last, SwitchedTo::Off));
}
