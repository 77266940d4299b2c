//! A question that is the end of every worker that takes it.

use domain::generation::Status;
use futures_util::future::join_all;
use tokio::time::sleep;

use super::{
    people::{Manner, Person, SHORT},
    run::{LATER, go_on, raise_the_dead},
};
use crate::{
    chance::Replay,
    checker::{BrokerState, Case, StoreState},
    stack::{Distributed, Engines, Size},
    within,
};

/// Every life of a worker ends with so many pieces of answers. Others ask for far fewer in all.
const DEADLY: &str = "worker.chunk=kill@150";

/// An answer that nobody lives to tell.
const POISON: &str = "openai/sim-endless,gap=4ms";

/// How many others ask meanwhile, and how often each.
const OTHERS: usize = 3;
const QUESTIONS: usize = 4;

/// How often a job is begun at the most.
const BEGUN: usize = 4;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_question_that_ends_its_workers_is_given_up_and_harms_no_other() {
    let _replay = Replay;
    let deadly = [("FAILPOINTS", DEADLY.to_owned())];
    let mut installation = Distributed::start(Size { apis: 2, workers: 2 }, &deadly).await;
    let (history, record) = (installation.stack.history.clone(), installation.stack.record());
    let url = installation.stack.url.clone();
    let arrive = |name: String| Person::arrive(&url, name, &history, &record);
    let poisoner = arrive("poisoner".to_owned()).await;
    let others = join_all((0..OTHERS).map(|number| arrive(format!("person {number}")))).await;
    let asking = async {
        let others = join_all(others.iter().map(are_answered));
        tokio::join!(poisoner.ask(0, POISON, Manner::Watch), others).0
    };
    let asking = async {
        tokio::select! {
            end = asking => end,
            () = raise_the_dead(&mut installation) => None,
        }
    };
    assert_eq!(within("all answers", asking).await, Some(Status::Failed));

    let question = poisoner.question(0);
    let accepted = history.all_accepted();
    let id = &accepted.iter().find(|accepted| accepted.question == question).unwrap().generation;
    let store = StoreState::read(&installation.engines.database_url).await;
    let row = store.generations.iter().find(|row| row.id == *id).unwrap();
    let code = row.error.as_ref().map(|(code, _)| code.as_str());
    assert_eq!(code, Some("worker_lost"), "{row:?}");
    let begun = record.calls().iter().filter(|call| call.question == question).count();
    assert_eq!(begun, BEGUN);
    let letters = within("a dead letter", letters(&installation.engines)).await;
    assert_eq!(letters, [Some(id.clone())]);

    within("work goes on", go_on(&mut installation, &poisoner, &mut (LATER..))).await;
    installation.stop_after(Case { asked_beside: Some(0), ..Case::default() }).await;
}

async fn are_answered(person: &Person) {
    for question in 0..QUESTIONS {
        let end = person.ask(question, SHORT, Manner::Watch).await;
        assert_eq!(end, Some(Status::Succeeded), "{}", person.question(question));
    }
}

/// The dead letters, once there is one.
async fn letters(engines: &Engines) -> Vec<Option<String>> {
    loop {
        let letters = BrokerState::read(engines).await.letters;
        if !letters.is_empty() {
            return letters;
        }
        sleep(std::time::Duration::from_millis(50)).await;
    }
}
