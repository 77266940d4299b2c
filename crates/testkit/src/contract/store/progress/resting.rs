//! Generations that nobody works on.

use std::time::Duration;

use domain::{attempt::Outcome, generation::Generation, id::GenerationId};
use futures_util::future::join_all;
use ports::store::{Backlog, Overdue};

use super::{
    super::bench::{ALL, StoreUnderTest, t},
    ending::retry,
};
use crate::sample;

fn ids(generations: &[Generation]) -> Vec<GenerationId> {
    generations.iter().map(|generation| generation.id).collect()
}

/// The time of its acceptance, or of its retry, whichever is later.
pub async fn queued_ones_are_overdue_by_their_time(store: StoreUnderTest) {
    let fresh = store.queued_at(t(10)).await;
    let parked = store.streaming_at(t(1)).await;
    store.end(&parked, 1, retry(60, true), vec![], t(2)).await;
    let waiting = store.queued_at(t(1)).await;
    store.end(&waiting, 1, retry(70, false), vec![], t(2)).await;
    for (before, expected) in [
        (10, vec![]),
        (11, vec![fresh.id]),
        (60, vec![fresh.id]),
        (61, vec![fresh.id, parked.id]),
        (71, vec![fresh.id, parked.id, waiting.id]),
    ] {
        assert_eq!(ids(&store.overdue(t(before), t(0)).await), expected, "before {before}");
    }
    assert_eq!(store.overdue(t(11), t(0)).await, [store.now(&fresh).await]);
}

/// The start of an attempt is a change, and so is the wish to stop.
pub async fn streaming_ones_are_overdue_by_their_last_change(store: StoreUnderTest) {
    let streaming = store.streaming_at(t(10)).await;
    let overdue = async |before| ids(&store.overdue(t(0), t(before)).await);
    assert_eq!(overdue(10).await, []);
    assert_eq!(overdue(11).await, [streaming.id]);
    store.start(&streaming, 2, t(20)).await;
    assert_eq!(overdue(20).await, []);
    assert_eq!(overdue(21).await, [streaming.id]);
    store.stop(&streaming, t(30)).await;
    assert_eq!(overdue(30).await, []);
    assert_eq!(overdue(31).await, [streaming.id]);
}

/// Queued and streaming ones together, up to the limit.
pub async fn overdue_ones_come_longest_waiting_first(store: StoreUnderTest) {
    let mut expected = Vec::new();
    for seconds in [4, 2, 3, 1] {
        let one = if seconds % 2 == 0 {
            store.queued_at(t(seconds)).await
        } else {
            store.streaming_at(t(seconds)).await
        };
        expected.push((seconds, one.id));
    }
    expected.sort_unstable_by_key(|(seconds, _)| *seconds);
    let expected: Vec<_> = expected.into_iter().map(|(_, id)| id).collect();
    assert_eq!(ids(&store.overdue(t(9), t(9)).await), expected);
    let than = Overdue { queued_before: t(9), streaming_before: t(9) };
    let some = store.progress.overdue(than, 3).await.unwrap();
    assert_eq!(ids(&some), expected[..3]);
}

/// Until it has published it.
pub async fn what_the_relay_will_publish_is_not_overdue(store: StoreUnderTest) {
    let chat = store.chat().await;
    let mut new = sample::new_generation(chat.owner, chat.id, "Hello?", t(1));
    new.outbox[0].claimed_until = Some(t(2));
    store.admit(&new).await;
    let other = store.queued_at(t(1)).await;
    assert_eq!(ids(&store.overdue(t(99), t(99)).await), [other.id]);
    store.sent(&new.outbox).await;
    assert_eq!(store.overdue(t(99), t(99)).await.len(), 2);
}

/// Whichever way it ended.
pub async fn what_has_ended_is_not_overdue(store: StoreUnderTest) {
    let answered = store.streaming().await;
    store.end(&answered, 1, sample::succeeded(), vec![], t(1)).await;
    let canceled = store.queued().await;
    store.stop(&canceled, t(1)).await;
    assert_eq!(store.overdue(t(99), t(99)).await, []);
}

/// Whether it is queued or streaming.
pub async fn a_rescue_is_counted_and_gives_time(store: StoreUnderTest) {
    for streams in [false, true] {
        let queued = store.queued_at(t(1)).await;
        if streams {
            store.start(&queued, 1, t(1)).await;
        }
        let one = store.now(&queued).await;
        let overdue = async |before| ids(&store.overdue(t(before), t(before)).await);
        assert_eq!(overdue(50).await, [one.id]);
        assert!(store.progress.rescued(one.id, 0, Duration::ZERO, &[], t(50)).await.unwrap());
        assert_eq!(overdue(50).await, []);
        assert_eq!(overdue(51).await, [one.id]);
        let longer = Duration::from_secs(100);
        assert!(store.progress.rescued(one.id, 1, longer, &[], t(60)).await.unwrap());
        assert_eq!(overdue(160).await, []);
        assert_eq!(overdue(161).await, [one.id]);
        let now = store.now(&one).await;
        assert_eq!((now.rescues, now.state, now.updated_at), (2, one.state, t(60)));
        assert_eq!(now.lost, if streams { 2 } else { 0 });
        store.end(&one, 1, sample::succeeded(), vec![], t(61)).await;
        assert!(!store.progress.rescued(one.id, 2, Duration::ZERO, &[], t(62)).await.unwrap());
        assert_eq!(store.now(&one).await.rescues, 2);
    }
}

/// Whoever comes too late writes nothing.
pub async fn of_simultaneous_rescues_one_counts_and_puts_back(store: StoreUnderTest) {
    let one = store.streaming_at(t(1)).await;
    let row = |seconds| sample::job_row(&sample::job(&one, "Hello?"), t(seconds));
    let rescued = async |before, seconds| {
        let rows = [row(seconds)];
        let is_counted = store
            .progress
            .rescued(one.id, before, Duration::ZERO, &rows, t(seconds))
            .await
            .unwrap();
        is_counted.then_some(rows[0].id)
    };
    let counted = join_all((0..5).map(|_| rescued(0, 50))).await;
    let counted: Vec<_> = counted.into_iter().flatten().collect();
    assert_eq!((counted.len(), store.now(&one).await.rescues), (1, 1));
    assert_eq!(store.overdue(t(99), t(99)).await, [], "the relay sees to it");
    let unsent: Vec<_> = store.unsent().await.into_iter().map(|row| row.id).collect();
    assert_eq!(unsent, counted);
    assert_eq!(rescued(0, 60).await, None, "it was rescued once before");
    assert!(rescued(1, 60).await.is_some());
}

/// In the order of their acceptance, without those that have ended.
pub async fn unfinished_ones_come_in_pages_in_order(store: StoreUnderTest) {
    let mut made = Vec::new();
    for seconds in 0..6 {
        let one = match seconds % 2 {
            0 => store.queued_at(t(seconds)).await,
            _ => store.streaming_at(t(seconds)).await,
        };
        made.push(one.id);
        if seconds == 2 {
            store.end(&one, 1, sample::succeeded(), vec![], t(9)).await;
        }
    }
    let page = async |after, limit| ids(&store.progress.unfinished(after, limit).await.unwrap());
    assert_eq!(page(None, ALL).await, [made[0], made[1], made[3], made[4], made[5]]);
    assert_eq!(page(None, 2).await, made[..2]);
    assert_eq!(page(Some(made[1]), 2).await, made[3..5]);
    assert_eq!(page(Some(made[2]), 1).await, [made[3]], "behind one that has ended");
    assert_eq!(page(Some(made[5]), ALL).await, []);
}

/// In pages, in the order of their acceptance. Who was queued has stopped at once.
pub async fn whoever_is_to_stop_is_known_until_it_has(store: StoreUnderTest) {
    let mut made = Vec::new();
    for seconds in 0..4 {
        made.push(store.streaming_at(t(seconds)).await);
    }
    made.push(store.queued_at(t(4)).await);
    assert_eq!(store.progress.to_stop(None, ALL).await.unwrap(), []);
    for one in &made[1..] {
        store.stop(one, t(9)).await;
    }
    let page = async |after, limit| ids(&store.progress.to_stop(after, limit).await.unwrap());
    assert_eq!(page(None, ALL).await, [made[1].id, made[2].id, made[3].id]);
    assert_eq!(page(Some(made[1].id), 1).await, [made[2].id]);
    store.end(&made[2], 1, Outcome::Canceled, vec![], t(10)).await;
    assert_eq!(page(None, ALL).await, [made[1].id, made[3].id]);
}

/// By provider and rung, with the time of the first; what has ended or streams is not among them. A rescue makes
/// nobody younger.
pub async fn the_backlog_is_summed_by_rung(store: StoreUnderTest) {
    assert_eq!(store.progress.backlog(t(0)).await.unwrap(), []);
    let first = store.queued_at(t(10)).await;
    store.queued_at(t(12)).await;
    store.streaming_at(t(1)).await;
    for seconds in [70, 60] {
        let parked = store.streaming_at(t(1)).await;
        store.end(&parked, 1, retry(seconds, true), vec![], t(2)).await;
    }
    let row = |retries, waits, jobs, seconds| Backlog {
        provider: first.provider.clone(),
        retries,
        waits,
        jobs,
        first: t(seconds),
    };
    let expected = [row(0, false, 2, 10), row(1, true, 2, 60)];
    assert_eq!(store.progress.backlog(t(20)).await.unwrap(), expected);
    assert!(store.progress.rescued(first.id, 0, Duration::ZERO, &[], t(50)).await.unwrap());
    let expected = [row(0, false, 2, 10), row(1, false, 1, 60), row(1, true, 1, 70)];
    assert_eq!(store.progress.backlog(t(60)).await.unwrap(), expected);
}

/// Whatever has come of their jobs.
pub async fn the_backlog_knows_of_jobs_that_are_not_published(store: StoreUnderTest) {
    let chat = store.chat().await;
    store.admit(&sample::new_generation(chat.owner, chat.id, "Hello?", t(10))).await;
    let backlog = store.progress.backlog(t(20)).await.unwrap();
    let found: Vec<_> = backlog.iter().map(|row| (row.jobs, row.waits, row.first)).collect();
    assert_eq!(found, [(1, false, t(10))]);
}
