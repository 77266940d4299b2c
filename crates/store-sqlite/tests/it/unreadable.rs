//! Rows that somebody has damaged.

use domain::id::OutboxId;
use ports::store::{Generations, NewOutboxRow, Outbox, Overdue, Progress, Rest};
use testkit::{clock::epoch, sample};

use crate::{Place, queued};

#[tokio::test]
async fn a_damaged_row_of_the_outbox_holds_up_no_other() {
    let place = Place::new();
    let store = place.open().await;
    let generation = queued(&store).await;
    let row = || NewOutboxRow {
        id: OutboxId::generate(epoch()),
        ..sample::usage_row(&generation, epoch())
    };
    let rows = [row(), row(), row()];
    store.add(&rows).await.unwrap();
    let damage = "UPDATE outbox SET topic = 'nowhere' WHERE position = (SELECT min(position) + 1 FROM outbox)";
    sqlx::query(damage).execute(&mut place.shell().await).await.unwrap();
    for _ in 0..2 {
        let claimed = store.claim(100, epoch(), epoch()).await.unwrap();
        assert_eq!(claimed.len(), 3, "the job, and two of three");
    }
}

#[tokio::test]
async fn a_damaged_generation_holds_up_no_other() {
    let place = Place::new();
    let store = place.open().await;
    let mut made = Vec::new();
    for _ in 0..4 {
        let generation = queued(&store).await;
        store.started(&sample::started(&generation, 1, epoch())).await.unwrap();
        let rest = Rest::default();
        let stop = sample::stop(&rest, epoch());
        store.cancel(generation.user_id, generation.id, stop, epoch()).await.unwrap();
        made.push(generation.id);
    }
    made.sort_unstable();
    let mut shell = place.shell().await;
    sqlx::query("DELETE FROM outbox").execute(&mut shell).await.unwrap();
    let damage = "UPDATE generations SET provider = 'Not a name' \
         WHERE id IN (SELECT id FROM generations ORDER BY id LIMIT 2)";
    sqlx::query(damage).execute(&mut shell).await.unwrap();
    let later = epoch() + std::time::Duration::from_secs(1);
    let than = Overdue { queued_before: later, streaming_before: later };
    for (limit, expected) in [(1, &made[2..3]), (2, &made[2..]), (4, &made[2..])] {
        for found in [
            store.overdue(than, limit).await.unwrap(),
            store.unfinished(None, limit).await.unwrap(),
            store.to_stop(None, limit).await.unwrap(),
        ] {
            let found: Vec<_> = found.iter().map(|generation| generation.id).collect();
            assert_eq!(found, expected, "of {limit}");
        }
    }
}
