//! One run: an installation, people, a fault, and what is found afterwards.

use std::{
    ops::RangeFrom,
    path::Path,
    sync::atomic::{AtomicBool, Ordering},
    time::Duration,
};

use futures_util::future::join_all;
use tokio::{
    sync::Notify,
    time::{sleep, timeout},
};

use super::{
    fault::{Fault, Servers},
    people::{Manner, Person, SHORT},
    stillness::stands_still,
};
use crate::{
    chance::{Chance, Replay, replay},
    checker::{Mark, inspect, is_quiet},
    stack::{Distributed, Engines, Size},
};

/// The number of the first question that nobody had planned.
pub const LATER: usize = 1_000_000;

/// What a worker says that wants to write what is another's by now.
const FENCED: &str = "somebody else writes this log now";

/// The longest pause before a question.
const PAUSE: Duration = Duration::from_millis(60);

/// Runs `fault`, and fails if anything is broken afterwards.
pub async fn survives(fault: Fault) {
    let (found, outputs) = Box::pin(run(fault)).await;
    if !found.is_empty() {
        keep_outputs(&outputs);
    }
    assert!(found.is_empty(), "{}\n{}", found.join("\n"), replay());
}

/// Every broken invariant, and what each process said.
pub type Findings = (Vec<String>, Vec<(String, String)>);

/// Runs `fault`.
pub async fn run(fault: Fault) -> Findings {
    let _replay = Replay;
    let folder = tempfile::tempdir().unwrap();
    let own = [("PLANTED_BUGS", fault.bugs), ("OPENAI_API_KEYS", fault.keys)];
    let settings = own.iter().chain(&fault.settings);
    let settings = settings.map(|(name, value)| (*name, (*value).to_owned()));
    let limit = ("KEYS_MAX_PER_MINUTE", fault.key_limit.to_string());
    let tables = fault.key_concurrency.map(|most| ("SLUICE_CONFIG", tables(folder.path(), most)));
    let settings: Vec<_> = settings.chain([limit]).chain(tables).collect();
    let place = |service: &'static str| {
        let of_it = fault.places.iter().filter(move |place| place.service == service);
        of_it.map(|place| ("FAILPOINTS", place.chosen())).collect::<Vec<_>>()
    };
    let size = Size { apis: 3, workers: 2 };
    let engines = engines(fault.servers).await;
    let mut installation = Distributed::start_on(engines, size, &settings, place).await;
    installation.stack.script(&fault.script);

    let (url, record) = (installation.engines.database_url.clone(), installation.stack.record());
    let left = tokio::select! {
        left = until_quiet(&mut installation, &fault) => left,
        () = stands_still(fault.stillness, &url, &record) => {
            Some("nothing moves any more, and not all is done".to_owned())
        }
    };
    let found = left.map(|left| format!("invariant 18: {left}")).into_iter().collect();
    Box::pin(judge(installation, &fault, found)).await
}

/// A file in `folder` with what only a table can say: how often a key may be in use at once.
fn tables(folder: &Path, most: usize) -> String {
    let file = folder.join("sluice.toml");
    std::fs::write(&file, format!("[provider.openai]\nconcurrency = {most}\n")).unwrap();
    file.display().to_string()
}

/// Waits until all is done; what there is to say if anybody's patience ends before.
async fn until_quiet(installation: &mut Distributed, fault: &Fault) -> Option<String> {
    let patience = fault.patience;
    let Ok(people) = timeout(patience, use_it(installation, fault)).await else {
        // Who still waits has waited for quiet, too.
        return Some(format!("people still wait after {patience:?}"));
    };
    let quiet = timeout(patience, quiet(installation, fault, &people[0])).await;
    quiet.err().map(|_| format!("not quiet after {patience:?}"))
}

async fn engines(servers: Servers) -> Engines {
    match servers {
        Servers::Shared => Engines::make().await,
        Servers::Own => Engines::make_own().await,
        Servers::BehindAProxy => Engines::make().await.behind_a_proxy().await,
        Servers::LittleRoomForTables => {
            Engines::make_own().await.with_little_room_for_tables().await
        }
        Servers::LittleRoomForTheLog => {
            Engines::make_own().await.with_little_room_for_the_log().await
        }
    }
}

/// People come, ask, and are answered, while something breaks.
async fn use_it(installation: &mut Distributed, fault: &Fault) -> Vec<Person> {
    let (url, record) = (installation.stack.url.clone(), installation.stack.record());
    let (history, mut chance) = (installation.stack.history.clone(), Chance::of("people"));
    let arrive = |number| Person::arrive(&url, format!("person {number}"), &history, &record);
    let people = join_all((0..fault.people).map(arrive)).await;
    let manners = Manner::of_all(fault.people * fault.questions, &mut chance);
    let pauses: Vec<_> = manners.iter().map(|_| chance.pause(PAUSE)).collect();
    let plans: Vec<_> = manners.into_iter().zip(pauses).collect();
    let is_over = &AtomicBool::new(!fault.asks_on);
    let asking =
        people.iter().zip(plans.chunks(fault.questions)).map(|(person, plan)| async move {
            for (question, (manner, pause)) in plan.iter().enumerate() {
                sleep(*pause).await;
                person.ask(question, fault.model, *manner).await;
            }
            let mut questions = plan.len()..;
            while !is_over.load(Ordering::Acquire) {
                let question = questions.next().expect("there are numbers enough");
                person.ask(question, fault.model, Manner::Watch).await;
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
            history.mark(Mark::FaultOver);
            is_over.store(true, Ordering::Release);
        }
        tokio::select! {
            () = answered.notified() => {}
            () = raise_the_dead(installation) => {}
        }
    };
    tokio::join!(asking, breaking);
    people
}

/// Starts again whatever ends, for ever, as a supervisor does.
pub async fn raise_the_dead(installation: &mut Distributed) {
    let history = installation.stack.history.clone();
    loop {
        start_again_what_is_over(installation, || history.mark(Mark::FaultOver)).await;
        sleep(Duration::from_millis(20)).await;
    }
}

async fn start_again_what_is_over(installation: &mut Distributed, is_started: impl Fn()) {
    for service in installation.services() {
        if service.is_over() {
            service.start_again(&[]).await;
            is_started();
        }
    }
}

/// Starts again whatever has ended, and has `somebody` ask if nobody was answered since.
pub async fn go_on(
    installation: &mut Distributed,
    somebody: &Person,
    questions: &mut RangeFrom<usize>,
) {
    let history = installation.stack.history.clone();
    start_again_what_is_over(installation, || history.mark(Mark::FaultOver)).await;
    while history.owes_an_answer() {
        let question = questions.next().expect("there are numbers enough");
        tokio::select! {
            _ = somebody.ask(question, SHORT, Manner::Watch) => {}
            () = raise_the_dead(installation) => {}
        }
    }
}

/// Waits until nothing is left to be done, and `somebody` was answered after every fault.
async fn quiet(installation: &mut Distributed, fault: &Fault, somebody: &Person) {
    let (history, case) = (installation.stack.history.clone(), fault.case());
    let mut questions = LATER..;
    // Queues are counted one after the other: a message on its way between two may be missed once.
    let mut quiet_looks = 0;
    while quiet_looks < 2 {
        go_on(installation, somebody, &mut questions).await;
        let is_quiet = is_quiet(installation, &history, &case).await;
        quiet_looks = if is_quiet { quiet_looks + 1 } else { 0 };
        sleep(Duration::from_millis(100)).await;
    }
}

/// Reads what is left, ends everything, and tells what is wrong beside what was `found` before.
async fn judge(mut installation: Distributed, fault: &Fault, mut found: Vec<String>) -> Findings {
    // Nobody asks any more.
    start_again_what_is_over(&mut installation, || ()).await;
    let history = installation.stack.history.clone();
    let inspected = Box::pin(inspect(installation)).await;
    found.extend(inspected.violations(&history, &fault.case()));
    let outputs = inspected.outputs;
    for place in &fault.places {
        let mut of_it = outputs.iter().filter(|(name, _)| name.starts_with(place.service));
        if !of_it.any(|(_, output)| output.contains("as a test wants it")) {
            found.push(format!("{} was never passed", place.chosen()));
        }
    }
    if fault.has_sleeper && !outputs.iter().any(|(_, output)| output.contains(FENCED)) {
        found.push("whoever woke wrote on as if the answer was still its own".to_owned());
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
