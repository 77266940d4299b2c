//! However much is heard, a process takes two connections: one that hears, and one for all calls.

use std::time::Duration;

use domain::{
    id::{ChatId, GenerationId, UserId},
    notice::{News, Notice},
};
use futures_util::{
    Stream, StreamExt,
    future::{join_all, try_join_all},
};
use ports::live::{Cancels, EventLog, Heard, Notices};
use testkit::clock::epoch;
use tokio::time::timeout;

use crate::{
    installation::{Prefix, Process, options},
    server::Server,
    worker::{Worker, assert_are_words, followed},
};

const LOGS: usize = 100;
const FOLLOWERS: usize = 3;
const LISTENERS: usize = 20;

/// How many connections hear, and how many others there are beside the one that asks.
async fn connections(server: &Server) -> (usize, usize) {
    let list = server.command(&["CLIENT", "LIST"]).await;
    let list: String = redis::from_redis_value(list).unwrap();
    let others = list.lines().filter(|line| !line.contains(" cmd=client|list "));
    let (hearing, calling): (Vec<_>, Vec<_>) = others.partition(|line| line.contains(" flags=P "));
    (hearing.len(), calling.len())
}

/// What each of `streams` yields next.
async fn next_of_all<T>(streams: &mut [impl Stream<Item = T> + Unpin]) -> Vec<T> {
    let all = join_all(streams.iter_mut().map(StreamExt::next));
    let all = timeout(Duration::from_secs(20), all).await.expect("all of them hear it");
    all.into_iter().map(|item| item.expect("the stream goes on")).collect()
}

/// Whoever follows, waits for wishes to stop or for news, in a process that writes as well.
async fn use_everything(process: &Process) -> impl Sized {
    let live = &process.live;
    let ids: Vec<_> = (0..LOGS).map(|_| GenerationId::generate(epoch())).collect();
    let each = ids.iter().flat_map(|id| std::iter::repeat_n(*id, FOLLOWERS));
    let (cancels, notices): (&dyn Cancels, &dyn Notices) = (live, live);
    let mut following = try_join_all(each.map(|id| live.follow(id, 0))).await.unwrap();
    let mut wishes = try_join_all((0..LISTENERS).map(|_| cancels.listen())).await.unwrap();
    let mut news = try_join_all((0..LISTENERS).map(|_| notices.listen())).await.unwrap();
    let writing = join_all(ids.iter().map(async |id| Worker::begin(live, *id).await.say().await));
    let seeing = join_all(following.iter_mut().map(|batches| followed(batches, 1)));
    let ((), seen) = tokio::join!(async { drop(writing.await) }, seeing);
    for entries in &seen {
        assert_are_words(entries, 1);
    }
    cancels.request(ids[0]).await.unwrap();
    assert_eq!(next_of_all(&mut wishes).await, vec![ids[0]; LISTENERS]);
    let deleted = News::Deleted { chat_id: ChatId::generate(epoch()) };
    let notice = Notice { user_id: UserId::generate(epoch()), news: deleted };
    notices.tell(&notice).await.unwrap();
    assert_eq!(next_of_all(&mut news).await, vec![Heard::Notice(notice); LISTENERS]);
    (following, wishes, news)
}

#[tokio::test]
async fn all_who_follow_and_listen_in_a_process_share_one_subscription() {
    let server = Server::start().await;
    let prefix = Prefix::new(&server.url());
    let options = || live_redis::Options {
        // So much at once takes a while.
        response_timeout: Duration::from_secs(20),
        ..options(&server.url(), &prefix)
    };
    let first = Process::start(options()).await;
    let _used = use_everything(&first).await;
    assert_eq!(connections(&server).await, (1, 1));
    let second = Process::start(options()).await;
    let _used = use_everything(&second).await;
    assert_eq!(connections(&server).await, (2, 2), "each process has its own");
}
