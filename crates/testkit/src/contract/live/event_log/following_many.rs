//! Many entries, many followers.

use bytes::Bytes;
use domain::id::GenerationId;
use futures_util::{
    StreamExt,
    future::{join, join_all},
};
use ports::live::{LogBatches, LogEntry, Sealing};

use super::super::{
    super::waiting::{next, soon},
    bench::{LiveUnderTest, entries, events, followed_to_the_end, generation, note},
};

/// Writes the numbers 1 to `count` one by one, seals and concludes.
async fn write_numbers(live: &LiveUnderTest, generation: GenerationId, count: u64) {
    let writer = live.begin(generation).await.writer;
    for number in 1..=count {
        live.write(&writer, number, &[&number.to_string()]).await;
        tokio::task::yield_now().await;
    }
    assert_eq!(live.seal(&writer, count + 1, &[]).await, Sealing::Sealed);
    live.conclude(generation, count + 1, &["done"]).await;
}

/// The numbers after `after` up to `count`, and the end.
fn assert_is_complete(seen: &[LogEntry], after: u64, count: u64) {
    let numbers: Vec<u64> = seen.iter().map(|entry| entry.seq).collect();
    assert_eq!(numbers, (after + 1..=count + 1).collect::<Vec<_>>());
    for entry in &seen[..seen.len() - 1] {
        assert_eq!(vec![entry.json.clone()], events(&[&entry.seq.to_string()]));
    }
}

/// Neither one who does not read nor one who leaves disturbs the writer or the others.
pub async fn followers_hold_up_nobody(live: LiveUnderTest) {
    let generation = generation();
    let _never_reads = live.follow(generation, 0).await;
    let mut leaves = live.follow(generation, 0).await;
    let stays = live.follow(generation, 0).await;
    let leaving = async {
        next(&mut leaves).await.unwrap();
        drop(leaves);
    };
    let writing = write_numbers(&live, generation, 50);
    let ((), (), seen) =
        soon(futures_util::future::join3(writing, leaving, followed_to_the_end(stays))).await;
    assert_is_complete(&seen, 0, 50);
}

/// One who reads only after everything was written gets everything.
pub async fn a_slow_follower_misses_nothing(live: LiveUnderTest) {
    const COUNT: u64 = 2_000;
    let generation = generation();
    let mut batches = live.follow(generation, 0).await;
    let writer = live.begin(generation).await.writer;
    live.write(&writer, 1, &["1"]).await;
    let mut seen = next(&mut batches).await.unwrap();
    let rest: Vec<Bytes> = (2..=COUNT).flat_map(|n| events(&[&n.to_string()])).collect();
    for (chunk, first_seq) in rest.chunks(10).zip((2..).step_by(10)) {
        live.log_writer.append(&writer, first_seq, chunk).await.unwrap();
    }
    let sealed = live.log_writer.seal(&writer, COUNT + 1, &[], note()).await.unwrap();
    assert_eq!(sealed, Sealing::Sealed);
    live.conclude(generation, COUNT + 1, &["done"]).await;
    seen.extend(followed_to_the_end(batches).await);
    assert_is_complete(&seen, 0, COUNT);
}

/// Wherever in the life of a log one begins to follow, there is no gap between what was there and
/// what comes.
pub async fn beginning_to_follow_while_entries_come_misses_nothing(live: LiveUnderTest) {
    const COUNT: u64 = 60;
    let generation = generation();
    let following = async {
        let mut streams: Vec<(u64, LogBatches)> = Vec::new();
        for round in 0..COUNT {
            let after = live.read(generation).await.last_seq;
            let after = if round % 2 == 0 { after } else { after / 2 };
            streams.push((after, live.follow(generation, after).await));
            tokio::task::yield_now().await;
        }
        streams
    };
    let ((), streams) = soon(join(write_numbers(&live, generation, COUNT), following)).await;
    for (after, batches) in streams {
        // One that had seen the end already is told nothing.
        let seen = followed_to_the_end(batches).await;
        if after <= COUNT {
            assert_is_complete(&seen, after, COUNT);
        } else {
            assert_eq!(seen, vec![]);
        }
    }
}

/// Twenty viewers see what one sees.
pub async fn many_followers_see_the_same(live: LiveUnderTest) {
    let generation = generation();
    let mut streams = Vec::new();
    for _ in 0..20 {
        streams.push(live.follow(generation, 0).await);
    }
    let following = join_all(streams.into_iter().map(followed_to_the_end));
    let (seen, ()) = soon(join(following, write_numbers(&live, generation, 40))).await;
    for seen in seen {
        assert_is_complete(&seen, 0, 40);
    }
    let mut late = live.follow(generation, 40).await;
    assert_eq!(next(&mut late).await.unwrap(), entries(41, &["done"]));
    assert!(soon(late.next()).await.is_none());
}
