//! Nothing stays for ever.

use std::{collections::BTreeMap, time::Duration};

use bytes::Bytes;
use domain::{
    id::{GenerationId, UserId},
    key::{KeyId, Verdict},
    model::ProviderName,
    pool::WorkerStatus,
};
use futures_util::StreamExt;
use ports::live::{
    Cancels, Controls, EventLog, KeyPool, KeySpec, Lending, Limits, LogWriter, Parked, Quota,
};
use testkit::clock::epoch;

use crate::{
    installation::{Prefix, Process, options, url},
    worker::{Worker, request, word, writing},
};

const MINUTE: Duration = Duration::from_mins(1);

async fn fixture() -> (Prefix, Process) {
    let url = url("TEST_REDIS_URL");
    let prefix = Prefix::new(&url);
    let process = Process::start(options(&url, &prefix)).await;
    (prefix, process)
}

fn generation() -> GenerationId {
    GenerationId::generate(epoch())
}

impl Prefix {
    /// There are as many keys, and each goes by itself.
    fn assert_expire(&self, count: usize) {
        let keys = self.keys();
        assert_eq!(keys.len(), count, "{keys:?}");
        assert!(keys.iter().all(|(_, kept)| *kept > 0), "{keys:?}");
    }
}

#[tokio::test]
async fn a_log_expires_at_every_step_of_its_life() {
    let (prefix, process) = fixture().await;
    let (live, generation) = (&process.live, generation());
    live.request(generation).await.unwrap();
    prefix.assert_expire(1);
    live.expire(generation, MINUTE, MINUTE).await.unwrap();
    prefix.assert_expire(1);

    let generation = self::generation();
    let mut worker = Worker::begin(live, generation).await;
    prefix.assert_expire(2);
    worker.say_all(3).await;
    prefix.assert_expire(3);
    let parked = live.park(&worker.opening.writer, 4, &[word(4)], 2, Bytes::new()).await;
    assert_eq!(parked.unwrap(), Parked::Parked);
    prefix.assert_expire(3);
    let second = ports::live::OpenRequest { attempt: 2, last_seq: 4, ..request(generation) };
    let opening = writing(live.open(&second).await.unwrap());
    live.append(&opening.writer, 5, &[word(5)]).await.unwrap();
    prefix.assert_expire(3);
    live.seal(&opening.writer, 6, &[word(6)], Bytes::new()).await.unwrap();
    prefix.assert_expire(3);
    live.conclude(generation, 7, vec![word(7)]).await.unwrap();
    prefix.assert_expire(3);
    live.expire(generation, Duration::ZERO, MINUTE).await.unwrap();
    prefix.assert_expire(2);
    live.expire(generation, Duration::ZERO, Duration::ZERO).await.unwrap();
    prefix.assert_expire(1);
}

#[tokio::test]
async fn logs_begun_by_a_restored_writer_or_by_their_end_expire() {
    let (prefix, process) = fixture().await;
    let (live, generation) = (&process.live, generation());
    let mut worker = Worker::begin(live, generation).await;
    worker.say().await;
    live.expire(generation, Duration::ZERO, Duration::ZERO).await.unwrap();
    prefix.assert_expire(0);
    worker.say().await;
    assert_eq!(worker.losses, 1);
    prefix.assert_expire(2);
    live.conclude(self::generation(), 1, vec![word(1)]).await.unwrap();
    prefix.assert_expire(4);
}

/// A key in constant use is never without a loan, so their set never expires as a whole.
#[tokio::test]
async fn loans_of_more_than_a_minute_ago_are_forgotten() {
    let (prefix, process) = fixture().await;
    let live = &process.live;
    let provider = ProviderName::parse("simulated").unwrap();
    live.register(&provider, &[KeySpec::plain(KeyId::new("a"), None)]).await.unwrap();
    let loans = format!("{}pool:{{simulated}}:loans:a", prefix.text);
    let count = || prefix.number(redis::cmd("ZCARD").arg(&loans));
    for second in 0..3 {
        // As if they had been lent long ago.
        prefix.number(redis::cmd("ZADD").arg(&loans).arg(second).arg(second));
    }
    assert_eq!(count(), 3);
    live.lend(&testkit::keys::wish(&provider, "any")).await.unwrap();
    assert_eq!(count(), 1, "only the new one");
}

#[tokio::test]
async fn reading_and_following_leave_nothing() {
    let (prefix, process) = fixture().await;
    let mut batches = process.live.follow(generation(), 0).await.unwrap();
    let quiet = tokio::time::timeout(Duration::from_millis(50), batches.next()).await;
    assert!(quiet.is_err());
    process.live.read(generation(), 0, 1).await.unwrap();
    prefix.assert_expire(0);
}

#[tokio::test]
async fn keys_and_limits_expire() {
    let (prefix, process) = fixture().await;
    let live = &process.live;
    let provider = ProviderName::parse("simulated").unwrap();
    let key = KeySpec::plain(KeyId::new("a"), Some(1));
    live.register(&provider, &[key]).await.unwrap();
    prefix.assert_expire(2);
    let wish = testkit::keys::wish(&provider, "any");
    let Lending::Lent(loan) = live.lend(&wish).await.unwrap() else { panic!("the key is free") };
    prefix.assert_expire(4);
    live.give_back(&loan, Verdict::NotPermitted.into()).await.unwrap();
    prefix.assert_expire(5);
    let on = ports::live::Switch::On;
    live.switch(&provider, &loan.key, on, 1).await.unwrap();
    prefix.assert_expire(4);
    live.give_back(&loan, Verdict::Revoked.into()).await.unwrap();
    prefix.assert_expire(4);
    let quota = Quota { times: 1.try_into().unwrap(), per: MINUTE };
    live.check("address", quota).await.unwrap();
    prefix.assert_expire(5);
    live.acquire_inflight(UserId::generate(epoch()), generation(), MINUTE).await.unwrap();
    prefix.assert_expire(6);
    let serving = ports::live::Process { name: "a", kept: MINUTE };
    let user = UserId::generate(epoch());
    live.take_seat(serving, user, 1, 1).await.unwrap();
    prefix.assert_expire(7);
    live.keep_seats(serving, &[(user, 0)]).await.unwrap();
    prefix.assert_expire(6);
    live.keep_seats(serving, &[(user, 1)]).await.unwrap();
    prefix.assert_expire(7);
    live.use_up("ticket", uuid::Uuid::nil(), MINUTE).await.unwrap();
    prefix.assert_expire(8);
}

#[tokio::test]
async fn what_is_wished_of_a_worker_is_kept_while_it_reports() {
    let (prefix, process) = fixture().await;
    let live = &process.live;
    live.drain("one", true).await.unwrap();
    live.scale("one", Some(3)).await.unwrap();
    prefix.assert_expire(2);
    prefix.expire_in(MINUTE);
    let status = |worker: &str| WorkerStatus {
        worker: worker.to_owned(),
        pool: ProviderName::parse("simulated").unwrap(),
        slots: 1,
        busy: 0,
        paused: true,
        version: String::new(),
        calls: BTreeMap::new(),
    };
    let wishes = || prefix.keys().into_iter().filter(|(name, _)| !name.ends_with("{workers}"));
    let in_a_minute = |(_, kept): &(String, i64)| *kept <= 60_000;
    live.report(&status("other")).await.unwrap();
    assert_eq!(wishes().filter(in_a_minute).count(), 2, "nothing is wished of this one");
    let wish = live.report(&status("one")).await.unwrap();
    assert!(wish.drained && wish.concurrency == Some(3));
    assert_eq!(wishes().filter(in_a_minute).count(), 0, "{:?}", prefix.keys());
}
