//! What becomes of streams when the server forgets, restarts, stalls or tells nothing.

use std::time::Duration;

use domain::{
    id::{ChatId, GenerationId, UserId},
    key::{KeyId, Verdict},
    model::ProviderName,
    notice::{News, Notice},
};
use futures_util::{StreamExt, future::join_all, stream::select_all};
use ports::live::{
    Appended, Cancels, EventLog, Heard, KeyPool, KeySpec, LendRequest, Lending, Limits, LogWriter,
    OpenRequest, Switch, Writer,
};
use testkit::clock::epoch;
use tokio::time::{Instant, timeout};
use tokio_util::sync::CancellationToken;

use crate::{
    installation::{Prefix, Process, options, url},
    server::Server,
    worker::{Worker, assert_are_words, followed, request, word, writing},
};

async fn with_server() -> (Server, Process) {
    with_patience(live_redis::Options::default().response_timeout).await
}

/// The same, where a call may take so long.
async fn with_patience(response_timeout: Duration) -> (Server, Process) {
    let server = Server::start().await;
    let prefix = Prefix::new(&server.url());
    let options = live_redis::Options { response_timeout, ..options(&server.url(), &prefix) };
    let process = Process::start(options).await;
    (server, process)
}

fn generation() -> GenerationId {
    GenerationId::generate(epoch())
}

#[tokio::test]
async fn a_wiped_server_gets_the_log_back_and_viewers_notice_nothing() {
    let (server, process) = with_server().await;
    let (live, generation) = (&process.live, generation());
    let mut batches = live.follow(generation, 0).await.unwrap();
    let mut worker = Worker::begin(live, generation).await;
    for round in 1..=5 {
        worker.say_all(20).await;
        server.command(&["FLUSHALL"]).await;
        worker.say_all(20).await;
        assert_eq!(worker.losses, round, "it was told");
    }
    assert_are_words(&followed(&mut batches, 200).await, 1);
    let read = live.read(generation, 0, 1_000).await.unwrap();
    assert_eq!(read.entries.len(), 200, "everything is there again");
    assert_are_words(&read.entries, 1);
}

/// A server short of memory may throw away one key of a log and keep the other.
#[tokio::test]
async fn entries_that_alone_are_gone_come_back_in_order() {
    let server = Server::start().await;
    let prefix = Prefix::new(&server.url());
    let process = Process::start(options(&server.url(), &prefix)).await;
    // What is tried after one entry has as many events as are gone.
    for before in [1, 10] {
        let (live, generation) = (&process.live, generation());
        let mut worker = Worker::begin(live, generation).await;
        worker.say_all(before).await;
        let entries = format!("{}gen:{{{generation}}}:log", prefix.text);
        assert_eq!(server.command(&["DEL", &entries]).await, redis::Value::Int(1));
        worker.say_all(10).await;
        assert_eq!(worker.losses, 1, "it was told");
        let read = live.read(generation, 0, 100).await.unwrap();
        assert_eq!(read.entries.len() as u64, before + 10);
        assert_are_words(&read.entries, 1);
    }
}

#[tokio::test]
async fn a_writer_of_a_wiped_log_is_told_apart_from_the_next() {
    let (server, process) = with_server().await;
    let (live, generation) = (&process.live, generation());
    let first = writing(live.open(&request(generation)).await.unwrap()).writer;
    server.command(&["FLUSHALL"]).await;
    let second = writing(live.open(&request(generation)).await.unwrap()).writer;
    assert!(second.fence > first.fence);
}

/// After a failover fences go by another clock, which may be behind.
#[tokio::test]
async fn a_writer_whose_fence_is_of_a_faster_clock_takes_no_log_back_from_the_next() {
    let (server, process) = with_server().await;
    let (live, generation) = (&process.live, generation());
    let first = writing(live.open(&request(generation)).await.unwrap()).writer;
    server.command(&["FLUSHALL"]).await;
    let again = OpenRequest { redelivered: true, ..request(generation) };
    let second = writing(live.open(&again).await.unwrap());
    let (next_seq, second) = (second.next_seq, second.writer);
    let first = Writer { fence: second.fence + 1_000_000, ..first };
    for seq in [1, next_seq] {
        assert_eq!(live.append(&first, seq, &[word(seq)]).await.unwrap(), Appended::Fenced);
    }
    let appended = live.append(&second, next_seq, &[word(next_seq)]).await.unwrap();
    assert_eq!(appended, Appended::Appended);
    assert_eq!(live.append(&first, 1, &[word(1)]).await.unwrap(), Appended::Fenced);
    // A server that is only behind does not know of the last opening.
    let third = Writer { attempt: second.attempt + 1, ..first };
    let appended = live.append(&third, next_seq + 1, &[word(next_seq + 1)]).await.unwrap();
    assert_eq!(appended, Appended::Appended);
}

#[tokio::test]
async fn streams_go_on_after_a_restart_of_the_server() {
    let (mut server, process) = with_server().await;
    let (live, generation) = (&process.live, generation());
    let mut batches = live.follow(generation, 0).await.unwrap();
    let mut wishes = live.listen().await.unwrap();
    let mut worker = Worker::begin(live, generation).await;
    worker.say_all(10).await;
    assert_are_words(&followed(&mut batches, 10).await, 1);
    server.kill().await;
    assert!(batches.next().await.unwrap().is_err(), "a viewer is told, and may ask the store");
    server.start_again().await;
    worker.say_all(10).await;
    assert_are_words(&followed(&mut batches, 10).await, 11);
    // What comes next comes at once again, not when the follower looks for it.
    let began = Instant::now();
    until_subscribed(&server).await;
    for _ in 0..10 {
        worker.say().await;
        followed(&mut batches, 1).await;
    }
    assert!(began.elapsed() < Duration::from_secs(5), "{:?}", began.elapsed());
    let wish = async {
        loop {
            live.request(generation).await.unwrap();
            if let Ok(wish) = timeout(Duration::from_millis(100), wishes.next()).await {
                return wish;
            }
        }
    };
    let heard = timeout(Duration::from_secs(10), wish).await.expect("wishes are heard again");
    assert_eq!(heard, Some(generation));
}

#[tokio::test]
async fn a_connection_to_a_server_that_became_a_copy_is_given_up() {
    let ((old, process), mut new) = (with_server().await, Server::start().await);
    let (live, generation) = (&process.live, generation());
    let mut worker = Worker::begin(live, generation).await;
    worker.say_all(10).await;
    old.copy(&new).await;
    old.hide().await;
    new.take_the_place_of(&old).await;
    worker.say_all(10).await;
    assert_eq!(worker.losses, 1, "the new one knows nothing of it");
    let read = live.read(generation, 0, 100).await.unwrap();
    assert_eq!(read.entries.len(), 20, "all of them");
    assert_are_words(&read.entries, 1);
}

/// Somebody may take an account away, or a right that a connection needs, and give it back.
#[tokio::test]
async fn a_connection_that_was_refused_is_made_again() {
    let all = ["on", ">secret", "~*", "&*", "+@all"];
    let setting = |rights: &[&'static str]| [&["ACL", "SETUSER", "worker"][..], rights].concat();
    let kill = vec!["CLIENT", "KILL", "USER", "worker"];
    let refusals = [
        (vec![vec!["ACL", "DELUSER", "worker"]], setting(&all)),
        (vec![setting(&["-select"]), kill], setting(&["+select"])),
    ];
    let server = Server::start().await;
    let prefix = Prefix::new(&server.url());
    server.command(&setting(&all)).await;
    let url = server.url().replacen("://", "://worker:secret@", 1) + "/1";
    let process = Process::start(options(&url, &prefix)).await;
    for (refuse, allow) in refusals {
        for command in &refuse {
            server.command(command).await;
        }
        for _ in 0..3 {
            let refused = process.live.open(&request(generation())).await;
            assert!(refused.is_err(), "{refuse:?}: {refused:?}");
        }
        server.command(&allow).await;
        let opened = process.live.open(&request(generation())).await;
        assert!(opened.is_ok(), "{allow:?}: {opened:?}");
    }
}

/// Waits until the server has a subscriber.
async fn until_subscribed(server: &Server) {
    let subscribed = async {
        loop {
            let channels = server.command(&["PUBSUB", "CHANNELS"]).await;
            if matches!(channels, redis::Value::Array(channels) if !channels.is_empty()) {
                return;
            }
        }
    };
    timeout(Duration::from_secs(10), subscribed).await.expect("the subscription is made again");
}

/// Every call, and whether it failed.
async fn all_calls(process: &Process) -> Vec<bool> {
    let (live, generation) = (&process.live, generation());
    let provider = ProviderName::parse("simulated").unwrap();
    let writer = Writer { generation, attempt: 1, fence: 1, max_bytes: 1000 };
    let request = request(generation);
    let (user, minute) = (UserId::generate(epoch()), Duration::from_mins(1));
    let quota = ports::live::Quota { times: 1.try_into().unwrap(), per: minute };
    let serving = ports::live::Process { name: "a", kept: minute };
    let lend = testkit::keys::wish(&provider, "any");
    let key = KeyId::new("a");
    let mut calls: Vec<futures_util::future::BoxFuture<'_, bool>> = vec![
        Box::pin(async { live.open(&request).await.is_err() }),
        Box::pin(async { live.append(&writer, 1, &[]).await.is_err() }),
        Box::pin(async { live.read(generation, 0, 1).await.is_err() }),
        Box::pin(async { live.conclude(generation, 1, vec![]).await.is_err() }),
        Box::pin(async { live.expire(generation, minute, minute).await.is_err() }),
        Box::pin(async { live.request(generation).await.is_err() }),
        Box::pin(async { live.register(&provider, &[]).await.is_err() }),
        Box::pin(async { live.lend(&lend).await.is_err() }),
        Box::pin(async { live.keys(&provider).await.is_err() }),
        Box::pin(async { live.switch(&provider, &key, Switch::On, 1).await.is_err() }),
        Box::pin(async { live.check("bucket", quota).await.is_err() }),
        Box::pin(async { live.use_up("ticket", uuid::Uuid::nil(), minute).await.is_err() }),
        Box::pin(async { live.acquire_inflight(user, generation, minute).await.is_err() }),
        Box::pin(async { live.release_inflight(user, generation).await.is_err() }),
        Box::pin(async { live.take_seat(serving, user, 1, 1).await.is_err() }),
        Box::pin(async { live.keep_seats(serving, &[(user, 1)]).await.is_err() }),
    ];
    calls.push(Box::pin(async {
        let mut batches = live.follow(generation, 0).await.unwrap();
        batches.next().await.unwrap().is_err()
    }));
    join_all(calls).await
}

#[tokio::test]
async fn calls_fail_in_time_while_the_server_stalls() {
    let (server, process) = with_patience(Duration::from_secs(3)).await;
    server.command(&["CLIENT", "PAUSE", "8000", "ALL"]).await;
    let began = Instant::now();
    let failed = all_calls(&process).await;
    let took = began.elapsed();
    assert!(failed.iter().all(|failed| *failed), "{failed:?}");
    assert!(took < Duration::from_millis(5_500), "{took:?}");
    let mut worker = None;
    while worker.is_none() {
        let opened = process.live.open(&request(generation())).await;
        worker = opened.ok();
    }
    assert!(began.elapsed() < Duration::from_secs(16), "all is well again");
}

/// As workers do: again and again, until there is an answer. How often that was.
async fn lend_until_answered(process: &Process, wish: &LendRequest) -> (Lending, u32) {
    for tries in 1.. {
        if let Ok(lending) = process.live.lend(wish).await {
            return (lending, tries);
        }
    }
    unreachable!("the server comes back")
}

/// Gives back what was lent; fails if nothing was.
async fn give_back(process: &Process, lending: Lending) {
    let Lending::Lent(loan) = lending else { panic!("the key is free: {lending:?}") };
    process.live.give_back(&loan, Verdict::Healthy.into()).await.unwrap();
}

#[tokio::test]
async fn a_wish_told_again_while_the_server_stalls_takes_one_key_once() {
    let (server, process) = with_server().await;
    let (live, provider) = (&process.live, ProviderName::parse("simulated").unwrap());
    let spec = KeySpec { concurrency: Some(1), ..KeySpec::plain(KeyId::new("a"), None) };
    live.register(&provider, &[spec]).await.unwrap();
    let wish = || testkit::keys::wish(&provider, "any");
    // The server knows the script now: what is sent while it stalls, it runs.
    let (lending, _) = lend_until_answered(&process, &wish()).await;
    give_back(&process, lending).await;
    server.command(&["CLIENT", "PAUSE", "2500", "ALL"]).await;
    let (lending, tries) = lend_until_answered(&process, &wish()).await;
    assert!(tries > 1, "the first try had no answer");
    let status = live.keys(&provider).await.unwrap().remove(0);
    assert_eq!((status.under_way, status.used_in_window), (1, 2), "{lending:?}");
    give_back(&process, lending).await;
    let another = live.lend(&wish()).await.unwrap();
    assert!(matches!(another, Lending::Lent(_)), "nobody holds it: {another:?}");
}

#[tokio::test]
async fn calls_fail_at_once_while_the_server_is_away() {
    let (mut server, process) = with_patience(Duration::from_secs(20)).await;
    server.kill().await;
    let began = Instant::now();
    let failed = all_calls(&process).await;
    assert!(failed.iter().all(|failed| *failed), "{failed:?}");
    assert!(began.elapsed() < Duration::from_secs(10), "{:?}", began.elapsed());
    server.start_again().await;
    let opened = process.live.open(&request(generation())).await;
    assert!(opened.is_ok(), "the first call after the outage succeeds: {opened:?}");
}

#[tokio::test]
async fn scripts_that_the_server_forgot_are_sent_again() {
    let (server, process) = with_server().await;
    let generation = generation();
    let mut worker = Worker::begin(&process.live, generation).await;
    worker.say().await;
    server.command(&["SCRIPT", "FLUSH"]).await;
    worker.say().await;
    assert_eq!(worker.losses, 0);
}

#[tokio::test]
async fn subscriptions_cut_again_and_again_lose_nothing() {
    const COUNT: usize = 400;
    let (server, process) = with_server().await;
    let (live, generation) = (&process.live, generation());
    let streams = join_all((0..5).map(|_| live.follow(generation, 0))).await;
    let done = CancellationToken::new();
    let cutting = async {
        let mut cuts = 0;
        while !done.is_cancelled() {
            if server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await != redis::Value::Int(0) {
                cuts += 1;
            }
        }
        cuts
    };
    let writing = async {
        let mut worker = Worker::begin(live, generation).await;
        for _ in 0..COUNT {
            worker.say().await;
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        done.cancel();
    };
    let following = join_all(
        streams.into_iter().map(|batches| async { followed(&mut batches.unwrap(), COUNT).await }),
    );
    let (cuts, (), seen) = tokio::join!(cutting, writing, following);
    assert!(cuts > 5, "{cuts}");
    for entries in seen {
        assert_are_words(&entries, 1);
    }
}

#[tokio::test]
async fn a_follower_to_whom_nothing_is_told_looks_for_itself() {
    let url = url("TEST_REDIS_URL");
    let prefix = Prefix::new(&url);
    let poll = Duration::from_millis(50);
    let options = live_redis::Options { poll, ..options(&url, &prefix) };
    // Its upkeep does not run, so it has no subscription at all.
    let live = live_redis::RedisLive::connect(options).await.unwrap();
    let generation = generation();
    let mut batches = live.follow(generation, 0).await.unwrap();
    let mut worker = Worker::begin(&live, generation).await;
    for seq in 1..=10 {
        worker.say().await;
        assert_are_words(&followed(&mut batches, 1).await, seq);
    }
    worker.say_all(600).await;
    assert_are_words(&followed(&mut batches, 600).await, 11);
    live.conclude(generation, 611, vec![]).await.unwrap();
    let end = timeout(Duration::from_secs(5), batches.next()).await.expect("the end is found");
    assert!(end.is_none());
}

/// Anybody may say that they have seen more than there is.
#[tokio::test]
async fn followers_ahead_of_a_log_take_no_looks_from_others() {
    let url = url("TEST_REDIS_URL");
    let prefix = Prefix::new(&url);
    let poll = Duration::from_millis(50);
    let options = live_redis::Options { poll, ..options(&url, &prefix) };
    let live = live_redis::RedisLive::connect(options).await.unwrap();
    let generation = generation();
    let ahead = join_all((0..20).map(|_| live.follow(generation, 1_000_000))).await;
    let mut ahead = select_all(ahead.into_iter().map(Result::unwrap));
    let mut batches = live.follow(generation, 0).await.unwrap();
    let mut worker = Worker::begin(&live, generation).await;
    let following = async {
        for seq in 1..=10 {
            worker.say().await;
            assert_are_words(&followed(&mut batches, 1).await, seq);
        }
    };
    let following = async {
        // They always come first.
        tokio::select! {
            biased;
            batch = ahead.next() => panic!("{batch:?}"),
            () = following => {}
        }
    };
    timeout(Duration::from_secs(5), following).await.expect("it looks as if it was alone");
}

#[tokio::test]
async fn who_listens_is_told_after_an_outage_that_some_may_have_been_missed() {
    let (server, process) = with_server().await;
    let notices: &dyn ports::live::Notices = &process.live;
    let mut heard = notices.listen().await.unwrap();
    let news = News::Deleted { chat_id: ChatId::generate(epoch()) };
    let notice = Notice { user_id: UserId::generate(epoch()), news };
    notices.tell(&notice).await.unwrap();
    let mut next = async || {
        timeout(Duration::from_secs(10), heard.next()).await.expect("something is heard").unwrap()
    };
    assert_eq!(next().await, Heard::Notice(notice.clone()));
    server.command(&["CLIENT", "KILL", "TYPE", "pubsub"]).await;
    assert_eq!(next().await, Heard::Missed);
    notices.tell(&notice).await.unwrap();
    assert_eq!(next().await, Heard::Notice(notice));
}
