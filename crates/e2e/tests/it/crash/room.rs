//! A store that has no room left on its disk.
//!
//! Without room for its tables PostgreSQL refuses what would need more of it. Without room for its log
//! it ends, and cannot even be started again until there is some.

use std::time::Duration;

use cluster::servers::{Disk, Postgres, Server};
use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    asker::Asker,
    fault::{Fault, Servers},
    read_only::with_an_asker,
    run::survives,
};
use crate::{
    stack::{Distributed, Engines},
    within,
};

/// For how long there is no room.
const OUTAGE: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_has_no_room_for_its_tables() {
    let servers = Servers::LittleRoomForTables;
    survives(Fault { servers, ..with_an_asker(fill_the_tables) }).await;
}

fn fill_the_tables(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let asker = Asker::arrive(installation).await;
        let engines = &mut installation.engines;
        disk(engines).fill().unwrap();
        asker.is_refused().await;
        has_no_room_for(engines, "could not extend file");
        sleep(OUTAGE).await;
        asker.is_refused().await;
        disk(engines).clear().unwrap();
        asker.is_answered().await;
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_has_no_room_for_its_log() {
    let servers = Servers::LittleRoomForTheLog;
    survives(Fault { servers, ..with_an_asker(fill_the_log) }).await;
}

fn fill_the_log(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let asker = Asker::arrive(installation).await;
        let engines = &mut installation.engines;
        disk(engines).fill().unwrap();
        within("the store cannot go on", use_up_the_log(engines)).await;
        has_no_room_for(engines, "could not write to file \"pg_wal/");
        let coming_back = async {
            sleep(OUTAGE).await;
            disk(engines).clear().unwrap();
            store(engines).restart().await.unwrap();
        };
        tokio::join!(coming_back, asker.is_answered());
    }
    .boxed()
}

/// There is some room in what was laid out beforehand.
async fn use_up_the_log(engines: &mut Engines) {
    const NEXT: &str = "SELECT pg_logical_emit_message(false, '', ''), pg_switch_wal()";
    while !store(engines).process().is_over() {
        // It breaks off with the server.
        let _ = engines.try_store_command(NEXT).await;
    }
}

/// The store complains that `what` failed for want of room.
fn has_no_room_for(engines: &Engines, what: &str) {
    let said = engines.own_store_says();
    let is_told =
        said.lines().any(|line| line.contains(what) && line.ends_with("No space left on device"));
    assert!(is_told, "{said}");
}

fn store(engines: &mut Engines) -> &mut Postgres {
    &mut engines.own.as_mut().expect("the fault wants servers of its own").postgres
}

fn disk(engines: &Engines) -> &Disk {
    engines.disk.as_ref().expect("the fault wants a small disk")
}
