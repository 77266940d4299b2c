//! One run: an installation, people, a fault, and what is found afterwards.

use std::time::Duration;

use futures_util::future::join_all;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{
    fault::{Fault, Servers},
    people::{Manner, Person},
    stillness::stands_still,
};
use crate::{
    checker::{Evidence, History, ServersState, StoreState, violations},
    stack::{Distributed, Engines, LADDER, Size},
};

/// Runs `fault`, and fails if anything is broken afterwards.
pub async fn survives(fault: Fault) {
    let (found, outputs) = Box::pin(run(fault)).await;
    if !found.is_empty() {
        keep_outputs(&outputs);
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

/// Every broken invariant, and what each process said.
pub type Findings = (Vec<String>, Vec<(String, String)>);

/// Runs `fault`.
pub async fn run(fault: Fault) -> Findings {
    let own = [("PLANTED_BUGS", fault.bugs), ("OPENAI_API_KEYS", fault.keys)];
    let settings = own.iter().chain(&fault.settings);
    let settings = settings.map(|(name, value)| (*name, (*value).to_owned()));
    let limit = fault.key_limit.map(|limit| ("KEYS_MAX_PER_MINUTE", limit.to_string()));
    let settings: Vec<_> = settings.chain(limit).collect();
    let place = |service: &'static str| {
        let of_it = fault.places.iter().filter(move |(name, _)| *name == service);
        of_it.map(|(_, places)| ("FAILPOINTS", (*places).to_owned())).collect::<Vec<_>>()
    };
    let size = Size { apis: 3, workers: 2 };
    let engines = engines(fault.servers).await;
    let mut installation = Distributed::start_on(engines, size, &settings, place).await;
    installation.stack.script(&fault.script);

    let history = History::default();
    let (url, record) = (installation.engines.database_url.clone(), installation.stack.record());
    let left = tokio::select! {
        left = until_quiet(&mut installation, &fault, &history) => left,
        () = stands_still(fault.stillness, &url, &record) => {
            Some("nothing moves any more, and not all is done".to_owned())
        }
    };
    let found = left.map(|left| format!("invariant 18: {left}")).into_iter().collect();
    Box::pin(judge(installation, &fault, &history, found)).await
}

/// Waits until all is done; what there is to say if anybody's patience ends before.
async fn until_quiet(
    installation: &mut Distributed,
    fault: &Fault,
    history: &History,
) -> Option<String> {
    let patience = fault.patience;
    if timeout(patience, use_it(installation, fault, history)).await.is_err() {
        // Who still waits has waited for quiet, too.
        return Some(format!("people still wait after {patience:?}"));
    }
    let quiet = timeout(patience, quiet(installation)).await;
    quiet.err().map(|_| format!("not quiet after {patience:?}"))
}

async fn engines(servers: Servers) -> Engines {
    match servers {
        Servers::Shared => Engines::make().await,
        Servers::Own => Engines::make_own().await,
        Servers::LittleRoomForTables => {
            Engines::make_own().await.with_little_room_for_tables().await
        }
        Servers::LittleRoomForTheLog => {
            Engines::make_own().await.with_little_room_for_the_log().await
        }
    }
}

async fn use_it(installation: &mut Distributed, fault: &Fault, history: &History) {
    let (url, record) = (installation.stack.url.clone(), installation.stack.record());
    let arrive = |number| Person::arrive(&url, format!("person {number}"), history, &record);
    let people = join_all((0..fault.people).map(arrive)).await;
    let asking = people.iter().enumerate().map(|(number, person)| async move {
        for question in 0..fault.questions {
            let manner = match (number + question) % 6 {
                0 | 3 => Manner::Reload,
                1 => Manner::Stop(4),
                _ => Manner::Watch,
            };
            person.ask(question, fault.model, manner).await;
        }
    });
    let answered = Notify::new();
    let asking = async {
        join_all(asking).await;
        answered.notify_one();
    };
    let breaking = async {
        if let Some(disturb) = fault.disturbance {
            let (calls, tokens) = fault.after;
            while record.calls().iter().filter(|call| call.tokens >= tokens).count() < calls {
                sleep(Duration::from_millis(5)).await;
            }
            disturb(installation).await;
        }
        tokio::select! {
            () = answered.notified() => {}
            () = raise_the_dead(installation) => {}
        }
    };
    tokio::join!(asking, breaking);
}

/// Starts again whatever ends, for ever, as a supervisor does.
async fn raise_the_dead(installation: &mut Distributed) {
    loop {
        start_again_what_is_over(installation).await;
        sleep(Duration::from_millis(20)).await;
    }
}

async fn start_again_what_is_over(installation: &mut Distributed) {
    for service in installation.services() {
        if service.is_over() {
            service.start_again(&[]).await;
        }
    }
}

/// Waits until nothing is left to be done.
async fn quiet(installation: &mut Distributed) {
    // Queues are counted one after the other: a message on its way between two may be missed once.
    let mut quiet_looks = 0;
    while quiet_looks < 2 {
        start_again_what_is_over(installation).await;
        let store = StoreState::read(&installation.engines.database_url).await;
        let is_quiet =
            store.is_quiet() && ServersState::read(&installation.engines).await.is_quiet();
        quiet_looks = if is_quiet { quiet_looks + 1 } else { 0 };
        sleep(Duration::from_millis(100)).await;
    }
}

async fn judge(
    mut installation: Distributed,
    fault: &Fault,
    history: &History,
    mut found: Vec<String>,
) -> Findings {
    start_again_what_is_over(&mut installation).await;
    let store = StoreState::read(&installation.engines.database_url).await;
    let servers = ServersState::read(&installation.engines).await;
    let record = installation.stack.record();
    let (outputs, endings, engines) = installation.terminate().await;
    engines.remove().await;
    found.extend(violations(&Evidence {
        store: &store,
        servers: &servers,
        history,
        record: &record,
        key_limit: fault.key_limit,
        ladder: LADDER,
        outputs: &outputs,
        had_sleeper: fault.has_sleeper,
        nonsense: fault.nonsense,
        asked_beside: fault.asked_beside,
        lost_keys: fault.lost_keys,
        ends_no_answer: fault.ends_no_answer,
        loses_no_answer: fault.loses_no_answer,
        refuses_nothing: fault.refuses_nothing,
        endings: &endings,
        expected_errors: &fault.expected_errors,
    }));
    for (service, places) in &fault.places {
        let of_it = outputs.iter().filter(|(name, _)| name.starts_with(service));
        let hit = of_it.clone().any(|(_, output)| output.contains("as a test wants it"));
        if !hit {
            found.push(format!("{places} was never passed"));
        }
    }
    (found, outputs)
}

/// Prints the end of what each process said, for whoever reads the report.
#[expect(clippy::print_stderr, reason = "the test's output is where a failure is looked at")]
pub fn keep_outputs(outputs: &[(String, String)]) {
    for (name, output) in outputs {
        let lines: Vec<&str> = output.lines().collect();
        let last = &lines[lines.len().saturating_sub(60)..];
        eprintln!("── {name}\n{}", last.join("\n"));
    }
}
