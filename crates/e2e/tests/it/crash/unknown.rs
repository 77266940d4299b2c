//! Whoever writes is not told whether it is written.

use futures_util::{FutureExt, future::BoxFuture};

use super::{
    fault::{Fault, Servers},
    run::survives,
};
use crate::stack::Distributed;

/// So many answers to every kind of statement are lost.
const LOST: usize = 2;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn answers_of_the_store_get_lost() {
    let fault = Fault { ends_no_answer: true, after: (1, 1), ..Fault::by(lose_answers) };
    survives(Fault { servers: Servers::BehindAProxy, questions: 4, ..fault }).await;
}

fn lose_answers(installation: &mut Distributed) -> BoxFuture<'_, ()> {
    let way = installation.engines.way_to_store.as_ref().expect("the fault wants a proxy");
    way.lose(LOST).boxed()
}
