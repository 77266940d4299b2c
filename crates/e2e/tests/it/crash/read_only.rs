//! Connections that lead to a store which lets nobody write, as after a failover.

use std::time::Duration;

use futures_util::{FutureExt, future::BoxFuture};
use tokio::time::sleep;

use super::{
    asker::Asker,
    fault::{Disturbance, Fault, Servers},
    run::survives,
};
use crate::stack::Distributed;

/// For how long nobody may write.
const OUTAGE: Duration = Duration::from_secs(5);

/// Answers go on, and somebody asks for one more.
pub fn with_an_asker(disturbance: Disturbance) -> Fault {
    Fault { asked_beside: 1, ends_no_answer: true, ..Fault::by(disturbance) }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_store_is_read_only_for_a_while() {
    survives(Fault { servers: Servers::Own, ..with_an_asker(forbid_writing) }).await;
}

/// For every session, those that are there included.
fn forbid_writing(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let asker = Asker::arrive(installation).await;
        let engines = &installation.engines;
        engines.store_command("ALTER SYSTEM SET default_transaction_read_only = on").await;
        engines.store_command("SELECT pg_reload_conf()").await;
        engines.store_says("default_transaction_read_only", "on").await;
        asker.is_refused().await;
        sleep(OUTAGE).await;
        asker.is_refused().await;
        // Whoever has acknowledged what it could not write has no other chance.
        for api in &mut installation.apis {
            api.signal("KILL").await;
        }
        engines.store_command("ALTER SYSTEM RESET default_transaction_read_only").await;
        engines.store_command("SELECT pg_reload_conf()").await;
        engines.store_says("default_transaction_read_only", "off").await;
        for api in &mut installation.apis {
            api.start_again(&[]).await;
        }
        asker.is_answered().await;
    }
    .boxed()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn connections_lead_to_a_store_that_stays_read_only() {
    survives(with_an_asker(lead_astray)).await;
}

/// Connections made during a failover are to a server that never becomes the new one.
fn lead_astray(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    async {
        let asker = Asker::arrive(installation).await;
        let engines = &installation.engines;
        let database = &engines.vhost;
        let of_new_sessions =
            format!("ALTER DATABASE {database} SET default_transaction_read_only");
        engines.store_command(&format!("{of_new_sessions} = on")).await;
        engines.cut_store().await;
        sleep(OUTAGE).await;
        asker.is_refused().await;
        engines.store_command(&format!("{of_new_sessions} = off")).await;
        asker.is_answered().await;
    }
    .boxed()
}
