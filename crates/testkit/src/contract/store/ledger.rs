//! Promises of `ports::store::Ledger`.

use chrono::{Days, NaiveDate};
use domain::{
    id::{EventId, GenerationId, UserId},
    ledger::{AuditEvent, UsageEvent},
    time::Timestamp,
    usage::Usage,
};
use futures_util::future::join_all;
use ports::store::{DailyUsage, ModelUsage, Posting};

use super::{
    bench::{StoreUnderTest, t},
    chats::pages,
};
use crate::{clock::epoch, contract::contract, sample};

contract! {
    /// One test per promise of `ports::store::Ledger`. Takes the path of an async function that
    /// makes a `testkit::contract::store::StoreUnderTest`.
    ledger_contract = testkit::contract::store::ledger:
        usage_is_added_to_its_day,
        usage_posted_twice_counts_once,
        usage_posted_by_many_at_once_counts_once,
        the_time_of_an_entry_decides_its_day,
        users_are_apart,
        days_come_newest_first_from_the_first_wanted,
        costs_are_summed_with_their_tokens,
        models_are_summed_over_all_users,
        nothing_to_book_is_booked,
        an_audit_entry_is_booked_once,
        what_was_done_comes_newest_first_in_pages,
}

/// A usage entry of 11 and 6 tokens.
pub(super) fn usage(
    user_id: UserId,
    generation_id: GenerationId,
    attempt: u32,
    at: Timestamp,
) -> UsageEvent {
    UsageEvent {
        event_id: EventId::of_attempt(generation_id, attempt, "usage"),
        user_id,
        generation_id,
        attempt,
        provider: sample::provider(),
        model: "sim-demo".to_owned(),
        usage: Usage::by_provider(11, 6),
        cost: None,
        at,
    }
}

/// Entries of one user, all unlike each other.
fn entries(user: UserId, times: &[Timestamp]) -> Vec<UsageEvent> {
    let entry = |at: &Timestamp| usage(user, GenerationId::generate(*at), 1, *at);
    times.iter().map(entry).collect()
}

fn day(at: Timestamp, attempts: u64) -> DailyUsage {
    DailyUsage {
        day: at.date_naive(),
        input_tokens: 11 * attempts,
        output_tokens: 6 * attempts,
        attempts,
        cost: 0,
    }
}

async fn days(store: &StoreUnderTest, user: UserId) -> Vec<DailyUsage> {
    store.ledger.daily_usage(user, NaiveDate::MIN).await.unwrap()
}

fn someone() -> UserId {
    UserId::generate(epoch())
}

/// The sum of the entries is the figure of the day, whether they come together or apart.
pub async fn usage_is_added_to_its_day(store: StoreUnderTest) {
    let user = someone();
    let entries = entries(user, &[t(1), t(2), t(3), t(4)]);
    let posted = store.ledger.post_usage(&entries[..3]).await.unwrap();
    assert_eq!(posted, [Posting::Posted; 3]);
    assert_eq!(days(&store, user).await, [day(t(1), 3)]);
    store.ledger.post_usage(&entries[3..]).await.unwrap();
    assert_eq!(days(&store, user).await, [day(t(1), 4)]);
}

/// A report that comes again, alone or among others, is not billed again.
pub async fn usage_posted_twice_counts_once(store: StoreUnderTest) {
    let user = someone();
    let [first, second] = entries(user, &[t(1), t(2)]).try_into().unwrap();
    let batch = [first.clone(), second.clone(), first.clone()];
    let posted = store.ledger.post_usage(&batch).await.unwrap();
    assert_eq!(posted, [Posting::Posted, Posting::Posted, Posting::Duplicate]);
    let third = usage(user, first.generation_id, 2, t(3));
    let posted = store.ledger.post_usage(&[second, third, first]).await.unwrap();
    assert_eq!(posted, [Posting::Duplicate, Posting::Posted, Posting::Duplicate]);
    assert_eq!(days(&store, user).await, [day(t(1), 3)]);
}

/// Consumers that got copies of the same messages bill them once between them.
pub async fn usage_posted_by_many_at_once_counts_once(store: StoreUnderTest) {
    let user = someone();
    let entries = entries(user, &[t(0); 20]);
    let posting = (0..10).map(|n| store.ledger.post_usage(&entries[n..n + 10]));
    let posted = join_all(posting).await.into_iter().flat_map(Result::unwrap);
    assert_eq!(posted.filter(|posting| *posting == Posting::Posted).count(), 19);
    assert_eq!(days(&store, user).await, [day(t(0), 19)]);
}

/// Midnight UTC parts the days, whenever an entry arrives.
pub async fn the_time_of_an_entry_decides_its_day(store: StoreUnderTest) {
    let user = someone();
    let midnight = t(86_400);
    let before = midnight - chrono::Duration::microseconds(1);
    store.ledger.post_usage(&entries(user, &[midnight, before, before])).await.unwrap();
    assert_eq!(days(&store, user).await, [day(midnight, 1), day(before, 2)]);
}

/// Nobody is shown, or billed for, the usage of others.
pub async fn users_are_apart(store: StoreUnderTest) {
    let (one, other) = (someone(), someone());
    let mut both = entries(one, &[t(1)]);
    both.extend(entries(other, &[t(1), t(2)]));
    store.ledger.post_usage(&both).await.unwrap();
    assert_eq!(days(&store, one).await, [day(t(1), 1)]);
    assert_eq!(days(&store, other).await, [day(t(1), 2)]);
    assert_eq!(days(&store, someone()).await, []);
}

/// Days before the first one asked for are left out; days without usage are not listed.
pub async fn days_come_newest_first_from_the_first_wanted(store: StoreUnderTest) {
    let user = someone();
    let times = [0, 1, 3].map(|n| epoch() + Days::new(n));
    store.ledger.post_usage(&entries(user, &times)).await.unwrap();
    let all = [day(times[2], 1), day(times[1], 1), day(times[0], 1)];
    for (from, expected) in [(0, &all[..]), (1, &all[..2]), (2, &all[..1]), (4, &[])] {
        let from = (epoch() + Days::new(from)).date_naive();
        assert_eq!(store.ledger.daily_usage(user, from).await.unwrap(), expected, "from {from}");
    }
}

/// What has no price is no cost, and does not hide that of the others.
pub async fn costs_are_summed_with_their_tokens(store: StoreUnderTest) {
    let user = someone();
    let mut entries = entries(user, &[t(1), t(2), t(3)]);
    (entries[0].cost, entries[1].cost) = (Some(5), Some(70));
    store.ledger.post_usage(&entries[..1]).await.unwrap();
    store.ledger.post_usage(&entries).await.unwrap();
    assert_eq!(days(&store, user).await, [DailyUsage { cost: 75, ..day(t(1), 3) }]);
}

/// By day and model, whoever spent it.
pub async fn models_are_summed_over_all_users(store: StoreUnderTest) {
    let midnight = t(86_400);
    let mut entries = entries(someone(), &[t(1), t(2), midnight, t(3)]);
    entries.extend(self::entries(someone(), &[t(4)]));
    "another".clone_into(&mut entries[1].model);
    entries[0].cost = Some(9);
    entries[0].usage.cached_input_tokens = 4;
    entries[4].usage.reasoning_tokens = 2;
    store.ledger.post_usage(&entries).await.unwrap();
    let row = |at: Timestamp, model: &str, attempts| ModelUsage {
        day: at.date_naive(),
        provider: sample::provider(),
        model: model.to_owned(),
        input_tokens: 11 * attempts,
        cached_input_tokens: 0,
        output_tokens: 6 * attempts,
        reasoning_tokens: 0,
        attempts,
        unpriced: attempts,
        cost: 0,
    };
    let demo = row(t(1), "sim-demo", 3);
    let demo =
        ModelUsage { cached_input_tokens: 4, reasoning_tokens: 2, unpriced: 2, cost: 9, ..demo };
    let expected = [row(midnight, "sim-demo", 1), row(t(1), "another", 1), demo];
    assert_eq!(store.ledger.model_usage(NaiveDate::MIN).await.unwrap(), expected);
    let later = store.ledger.model_usage(midnight.date_naive()).await.unwrap();
    assert_eq!(later, expected[..1]);
}

/// An empty batch is no mistake.
pub async fn nothing_to_book_is_booked(store: StoreUnderTest) {
    assert_eq!(store.ledger.post_usage(&[]).await.unwrap(), []);
    assert_eq!(store.ledger.post_audit(&[]).await.unwrap(), []);
}

/// With a person or without one.
pub async fn an_audit_entry_is_booked_once(store: StoreUnderTest) {
    let entry = |actor| AuditEvent {
        event_id: EventId::generate(epoch()),
        actor,
        action: "generation.canceled".to_owned(),
        subject: GenerationId::generate(epoch()).to_string(),
        detail: None,
        at: t(1),
    };
    let (theirs, ours) = (entry(Some(someone())), entry(None));
    let batch = [theirs.clone(), theirs.clone(), ours.clone()];
    let posted = store.ledger.post_audit(&batch).await.unwrap();
    assert_eq!(posted, [Posting::Posted, Posting::Duplicate, Posting::Posted]);
    let posted = store.ledger.post_audit(&[ours, theirs, entry(None)]).await.unwrap();
    assert_eq!(posted, [Posting::Duplicate, Posting::Duplicate, Posting::Posted]);
}

/// To both sides.
pub async fn what_was_done_comes_newest_first_in_pages(store: StoreUnderTest) {
    let entry = |seconds| AuditEvent {
        event_id: EventId::generate(t(seconds)),
        actor: u64::is_multiple_of(seconds, 2).then(someone),
        action: "chat.created".to_owned(),
        subject: "Ünïcode".to_owned(),
        detail: u64::is_multiple_of(seconds, 3).then(|| "3 → 5".to_owned()),
        at: t(seconds),
    };
    let mut newest_first: Vec<_> = [1, 2, 2, 3, 4].map(entry).into();
    store.ledger.post_audit(&newest_first).await.unwrap();
    newest_first.sort_by_key(|entry| std::cmp::Reverse((entry.at, entry.event_id)));
    for size in [1, 2, 5, 6] {
        let read = async |from| store.ledger.audit(from, size).await.unwrap();
        assert_eq!(pages(size, read).await, newest_first, "pages of {size}");
    }
}
