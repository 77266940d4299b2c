//! Promises of `ports::store::Outbox`.

use std::collections::{BTreeMap, HashSet};

use domain::id::{FamilyId, OutboxId};
use futures_util::future::join_all;
use ports::{
    queue::{Envelope, Topic},
    store::{CLAIM_BYTES, NewOutboxRow, NewRefreshToken, OutboxRow, RefreshRotation, TokenHash},
};

use super::{
    accounts::refresh,
    bench::{ALL, StoreUnderTest, t},
};
use crate::{clock::epoch, contract::contract, sample};

contract! {
    /// One test per promise of `ports::store::Outbox`. Takes the path of an async function that
    /// makes a `testkit::contract::store::StoreUnderTest`.
    outbox_contract = testkit::contract::store::outbox:
        a_row_comes_as_it_was_written,
        rows_that_come_alone_are_like_others,
        rows_come_oldest_first_up_to_the_limit,
        no_more_is_claimed_at_once_than_fits,
        a_claimed_row_is_nobody_elses,
        a_lapsed_claim_is_handed_out_again,
        rows_that_stay_let_others_pass,
        a_row_may_be_claimed_by_its_writer,
        rows_that_are_put_off_wait_for_their_time,
        a_sent_row_never_comes_again,
        unsent_rows_are_counted,
        unknown_rows_are_ignored,
        a_row_committed_late_is_found,
        relays_at_the_same_time_share_the_rows,
        pruning_keeps_what_is_not_sent,
        pruning_forgets_tokens_that_have_ended,
}

/// Writes `rows` in one transaction, with a generation of a new user.
async fn write(store: &StoreUnderTest, rows: Vec<NewOutboxRow>) {
    let chat = store.chat().await;
    let mut new = sample::new_generation(chat.owner, chat.id, "Hello?", epoch());
    new.outbox = rows;
    store.admit(&new).await;
}

/// Rows that belong to no generation.
fn rows(count: usize) -> Vec<NewOutboxRow> {
    let row = || {
        let id = OutboxId::generate(epoch());
        let envelope = Envelope {
            message_id: id.as_uuid(),
            correlation_id: id.as_uuid(),
            kind: "usage".to_owned(),
            at: t(3),
            headers: BTreeMap::new(),
            body: r#"{"v":1}"#.into(),
        };
        let topic = Topic::UsageEvents;
        NewOutboxRow { id, topic, envelope, generation_id: None, claimed_until: None }
    };
    std::iter::repeat_with(row).take(count).collect()
}

fn ids(rows: &[NewOutboxRow]) -> Vec<OutboxId> {
    rows.iter().map(|row| row.id).collect()
}

/// The ids of what a relay gets at `seconds`, claimed for ten seconds.
async fn claim(store: &StoreUnderTest, limit: u32, seconds: u64) -> Vec<OutboxId> {
    let claimed = store.outbox.claim(limit, t(seconds + 10), t(seconds)).await.unwrap();
    claimed.into_iter().map(|row| row.id).collect()
}

/// To every topic, with every field.
pub async fn a_row_comes_as_it_was_written(store: StoreUnderTest) {
    let mut written = rows(4);
    let topics = [
        Topic::Requests(sample::provider()),
        Topic::Responses,
        Topic::UsageEvents,
        Topic::AuditEvents,
    ];
    for (row, topic) in written.iter_mut().zip(topics) {
        row.topic = topic;
        row.envelope.headers.insert("trace\"parent".to_owned(), "00-\u{1F980}".to_owned());
        row.envelope.body = "{\"text\":\"\u{1F980}\\u0000\"}".into();
        row.envelope.correlation_id = OutboxId::generate(epoch()).as_uuid();
    }
    write(&store, written.clone()).await;
    let expected: Vec<_> = written
        .into_iter()
        .map(|NewOutboxRow { id, topic, envelope, .. }| OutboxRow { id, topic, envelope })
        .collect();
    assert_eq!(store.outbox.claim(ALL, t(10), t(0)).await.unwrap(), expected);
}

/// In their order, and claimed by their writer.
pub async fn rows_that_come_alone_are_like_others(store: StoreUnderTest) {
    let mut written = rows(4);
    written[3].claimed_until = Some(t(5));
    store.outbox.add(&written[..2]).await.unwrap();
    store.outbox.add(&[]).await.unwrap();
    store.outbox.add(&written[2..]).await.unwrap();
    assert_eq!(store.outbox.unsent(ALL).await.unwrap(), 4);
    assert_eq!(claim(&store, ALL, 0).await, ids(&written)[..3]);
    assert_eq!(claim(&store, ALL, 6).await, ids(&written)[3..]);
}

/// Across transactions and within one.
pub async fn rows_come_oldest_first_up_to_the_limit(store: StoreUnderTest) {
    let written = rows(7);
    write(&store, written[..3].to_vec()).await;
    write(&store, written[3..].to_vec()).await;
    let ids = ids(&written);
    assert_eq!(claim(&store, 2, 0).await, ids[..2]);
    assert_eq!(claim(&store, 4, 0).await, ids[2..6]);
    assert_eq!(claim(&store, 4, 0).await, ids[6..]);
}

/// A long one comes all the same.
pub async fn no_more_is_claimed_at_once_than_fits(store: StoreUnderTest) {
    let some = usize::try_from(CLAIM_BYTES / 2).unwrap();
    let sizes = [1, 3 * some, some, some, 1, some - 1, 1, 1];
    let of_size = |(size, row): (usize, NewOutboxRow)| {
        let body = vec![b' '; size].into();
        NewOutboxRow { envelope: Envelope { body, ..row.envelope }, ..row }
    };
    let written: Vec<_> = sizes.into_iter().zip(rows(8)).map(of_size).collect();
    write(&store, written.clone()).await;
    let ids = ids(&written);
    assert_eq!(claim(&store, ALL, 0).await, ids[..2]);
    assert_eq!(claim(&store, ALL, 0).await, ids[2..4]);
    assert_eq!(claim(&store, ALL, 0).await, ids[4..]);
    assert_eq!(claim(&store, ALL, 0).await, []);
}

/// As long as the claim lasts.
pub async fn a_claimed_row_is_nobody_elses(store: StoreUnderTest) {
    let written = rows(1);
    write(&store, written.clone()).await;
    assert_eq!(claim(&store, ALL, 0).await, ids(&written));
    for seconds in [0, 5, 9] {
        assert_eq!(claim(&store, ALL, seconds).await, []);
    }
}

/// Claimed or not, as far as somebody wants to know.
pub async fn unsent_rows_are_counted(store: StoreUnderTest) {
    let count = async |most| store.outbox.unsent(most).await.unwrap();
    assert_eq!(count(ALL).await, 0);
    let written = rows(5);
    write(&store, written.clone()).await;
    claim(&store, 2, 0).await;
    assert_eq!((count(ALL).await, count(5).await, count(3).await), (5, 5, 3));
    store.outbox.mark_sent(&ids(&written)[..4]).await.unwrap();
    assert_eq!(count(ALL).await, 1);
}

/// Their queue may be missing for days.
pub async fn rows_that_stay_let_others_pass(store: StoreUnderTest) {
    let stuck = rows(5);
    write(&store, stuck.clone()).await;
    for pass in 0..3 {
        claim(&store, 2, pass * 20).await;
    }
    let job = NewOutboxRow { claimed_until: Some(t(50)), ..rows(1)[0].clone() };
    write(&store, vec![job.clone()]).await;
    let mut passes = Vec::new();
    for pass in 3..6 {
        passes.extend(claim(&store, 2, pass * 20).await);
    }
    let all = ids(&stuck).into_iter().chain([job.id]).collect::<HashSet<_>>();
    assert_eq!(passes.into_iter().collect::<HashSet<_>>(), all, "each once in three passes");
}

/// A relay that died between claiming and sending loses nothing.
pub async fn a_lapsed_claim_is_handed_out_again(store: StoreUnderTest) {
    let written = rows(2);
    write(&store, written.clone()).await;
    assert_eq!(claim(&store, 1, 0).await, [written[0].id]);
    assert_eq!(claim(&store, ALL, 5).await, [written[1].id]);
    assert_eq!(claim(&store, ALL, 11).await, [written[0].id]);
    assert_eq!(claim(&store, ALL, 22).await, ids(&written), "oldest first again");
}

/// Until it had the time to publish it at once.
pub async fn a_row_may_be_claimed_by_its_writer(store: StoreUnderTest) {
    let mut written = rows(2);
    written[0].claimed_until = Some(t(30));
    write(&store, written.clone()).await;
    assert_eq!(claim(&store, ALL, 29).await, [written[1].id]);
    assert_eq!(claim(&store, ALL, 31).await, [written[0].id]);
}

/// Claimed or not, and only those that are meant.
pub async fn rows_that_are_put_off_wait_for_their_time(store: StoreUnderTest) {
    let written = rows(3);
    write(&store, written.clone()).await;
    let ids = ids(&written);
    assert_eq!(claim(&store, 1, 0).await, ids[..1]);
    let unknown = OutboxId::generate(epoch());
    store.outbox.put_off(&[], t(99)).await.unwrap();
    store.outbox.put_off(&[ids[0], ids[1], unknown], t(30)).await.unwrap();
    assert_eq!(claim(&store, ALL, 11).await, ids[2..]);
    assert_eq!(claim(&store, ALL, 29).await, ids[2..], "its claim ended before");
    assert_eq!(claim(&store, ALL, 30).await, ids[..2]);
    store.sent(&written).await;
    store.outbox.put_off(&ids, t(0)).await.unwrap();
    assert_eq!(claim(&store, ALL, 99).await, [], "what was sent does not come back");
}

/// Not even when its claim has lapsed.
pub async fn a_sent_row_never_comes_again(store: StoreUnderTest) {
    let mut written = rows(4);
    written[3].claimed_until = Some(t(5));
    write(&store, written.clone()).await;
    claim(&store, 1, 0).await;
    let sent = [written[0].id, written[1].id, written[3].id];
    store.outbox.mark_sent(&sent).await.unwrap();
    store.outbox.mark_sent(&sent).await.unwrap();
    assert_eq!(claim(&store, ALL, 99).await, [written[2].id]);
}

/// Marking what is not there is no mistake, and neither is marking nothing.
pub async fn unknown_rows_are_ignored(store: StoreUnderTest) {
    let written = rows(1);
    write(&store, written.clone()).await;
    store.outbox.mark_sent(&[]).await.unwrap();
    store.outbox.mark_sent(&[OutboxId::generate(epoch())]).await.unwrap();
    assert_eq!(claim(&store, ALL, 0).await, ids(&written));
}

/// A row with an older id and time than what was sent before is not passed over.
pub async fn a_row_committed_late_is_found(store: StoreUnderTest) {
    let late = rows(1);
    let mut prompt = rows(1);
    prompt[0].id = OutboxId::generate(t(60));
    prompt[0].envelope.at = t(60);
    write(&store, prompt.clone()).await;
    assert_eq!(claim(&store, ALL, 60).await, ids(&prompt));
    store.sent(&prompt).await;
    write(&store, late.clone()).await;
    assert_eq!(claim(&store, ALL, 61).await, ids(&late));
}

/// Each row goes to one of them, and none is left.
pub async fn relays_at_the_same_time_share_the_rows(store: StoreUnderTest) {
    let written = rows(40);
    write(&store, written.clone()).await;
    let claimed: Vec<_> =
        join_all((0..10).map(|_| claim(&store, 5, 0))).await.into_iter().flatten().collect();
    assert_eq!(claimed.len(), 40);
    let distinct: HashSet<_> = claimed.into_iter().collect();
    assert_eq!(distinct, ids(&written).into_iter().collect());
}

/// However old it is.
pub async fn pruning_keeps_what_is_not_sent(store: StoreUnderTest) {
    let written = rows(3);
    write(&store, written.clone()).await;
    claim(&store, 1, 0).await;
    store.sent(&written[2..]).await;
    store.outbox.prune(t(1_000_000), ALL).await.unwrap();
    assert_eq!(claim(&store, ALL, 1_000_000).await, ids(&written[..2]));
}

/// A few at a time, and none that is still good.
pub async fn pruning_forgets_tokens_that_have_ended(store: StoreUnderTest) {
    let user = store.user().await;
    let family = FamilyId::generate(epoch());
    for (n, end) in [(1, 10), (2, 20), (3, 30), (4, 1000)] {
        let (hash, expires_at) = (TokenHash([n; 32]), t(end));
        let password_hash = None;
        let token = NewRefreshToken { hash, family, user_id: user.id, expires_at, password_hash };
        store.accounts.grant_refresh(token, epoch()).await.unwrap();
    }
    let prune = async |limit| store.outbox.prune(t(100), limit).await.unwrap();
    assert_eq!(prune(2).await, 2);
    assert_eq!(prune(2).await, 1);
    assert_eq!(prune(2).await, 0);
    let (kept, successor) = (TokenHash([4; 32]), TokenHash([5; 32]));
    let rotating = store.accounts.rotate_refresh(refresh(kept, successor), t(100));
    let rotated = RefreshRotation::Rotated { user, family, by: successor };
    assert_eq!(rotating.await.unwrap(), rotated);
}
