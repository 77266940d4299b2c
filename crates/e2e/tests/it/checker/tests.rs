//! The checker finds nothing in a healthy run, and something when any one thing is wrong.

use domain::event::{Event, SeqEvent};
use simulated_provider::{Options, SimulatedProvider};

use super::{
    Accepted, History,
    healthy::{BODY, Healthy, KILLED, ask, ending},
    store::GenerationRow,
};

#[tokio::test]
async fn a_healthy_run_has_no_violations() {
    assert_eq!(Healthy::run().await.violations(), Vec::<String>::new());
    let mut stopped = Healthy::run().await;
    stopped.is_stopped("c1.0 c1.1 ");
    assert_eq!(stopped.violations(), Vec::<String>::new());
}

/// What to break of a healthy run, and the invariant that must notice.
type Wrong = (u8, fn(&mut Healthy));

const WRONGS: &[Wrong] = &[
    (1, |run| run.store.generations.clear()),
    (1, |run| run.store.generations.push(another(run, 3_000, None))),
    (2, |run| run.store.generations[0].status = "streaming".into()),
    (2, |run| run.store.audit.push(run.store.audit[0].clone())),
    (2, |run| run.store.audit[0].action = "generation.failed".into()),
    (3, |run| run.store.messages.clear()),
    (3, |run| run.store.messages.push(run.store.messages[0].clone())),
    (3, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.messages.clear();
    }),
    (4, |run| run.store.messages[0].content.truncate(4)),
    (4, |run| run.replace_text("c1.0 c1.1 ")),
    (4, |run| run.replace_text("c9.0 c9.1 c9.2 ")),
    (4, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.messages[0].content.truncate(5);
    }),
    (4, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.messages.clear();
    }),
    (4, |run| run.is_stopped("c1.0 c1.1 c1.2 c1.3 ")),
    (5, |run| run.seen.truncate(3)),
    (5, |run| _ = run.seen.remove(1)),
    (5, |run| run.seen.push(SeqEvent { seq: 5, event: run.seen[0].event.clone() })),
    // After a loss alone numbers may jump.
    (5, |run| run.seen.last_mut().unwrap().seq = 9),
    (5, |run| {
        let back = r#"{"type":"status","status":"streaming","attempt":0,"model":"m"}"#;
        run.seen[2].event = Event::from_json(back.as_bytes()).unwrap();
    }),
    (5, |run| run.store.events[0].json = run.store.events[2].json.clone()),
    (6, |run| {
        let twice = run.store.messages[0].content.repeat(2);
        run.store.messages[0].content = twice;
    }),
    (6, |run| run.replace_text("c1.0 c1.1 x1.2 ")),
    (7, |run| run.store.days[0].output = 4),
    (7, |run| book(run, 1, 4)),
    (7, |run| book(run, 1, 2)),
    (7, |run| book(run, 2, 3)),
    (7, |run| {
        run.store.usage[0].source = "estimated".into();
        book(run, 1, 5);
    }),
    (7, |run| {
        run.is_stopped("c1.0 c1.1 ");
        run.store.usage.clear();
        run.store.days.clear();
    }),
    (7, |run| run.store.usage.push(run.store.usage[0].clone())),
    (7, |run| run.store.usage.clear()),
    (10, |run| run.store.generations[0].retries = 5),
    (11, |run| run.store.unsent = 1),
    (11, |run| run.servers.queues.push(("generation.responses".into(), 1))),
    (12, |run| run.store.generations.push(another(run, 1_999, None))),
    (13, |run| run.store.generations.push(another(run, 3_000, Some("r-1".into())))),
    (15, |run| {
        let asked = Accepted { question: "who".into(), ..run.history.all_accepted()[0].clone() };
        run.history = History::default();
        run.history.accepted(asked);
    }),
    (13, |run| {
        run.history.accepted(Accepted {
            generation: "other".into(),
            ..run.history.all_accepted()[0].clone()
        });
    }),
    (16, |run| run.servers.everlasting.push("gen:1:log".into())),
    (17, |run| run.endings.push(ending(None, 0))),
    (17, |run| run.endings.push(ending(None, KILLED))),
    (17, |run| run.endings.push(ending(Some("TERM"), KILLED))),
    (17, |run| run.endings.push(ending(Some("TERM"), 1 << 8))),
    (17, |run| run.endings.push(ending(Some("KILL"), 11))),
    (20, |run| run.history.refused("503".into())),
    (17, |run| run.outputs[0].1.push_str("thread 'main' panicked at\n")),
    (17, |run| run.outputs[0].1.push_str("12:00 ERROR something broke\n")),
    (19, |run| run.outputs[0].1.push_str(" INFO the key is sim-canary-a\n")),
];

/// One more row of the same user.
fn another(run: &Healthy, created_us: i64, request_id: Option<String>) -> GenerationRow {
    let (id, row) = ("other".into(), run.store.generations[0].clone());
    GenerationRow { id, created_us, request_id, finished_us: Some(9_000), ..row }
}

/// The books agree with each other on these figures.
fn book(run: &mut Healthy, input: i64, output: i64) {
    let (entry, day) = (&mut run.store.usage[0], &mut run.store.days[0]);
    (entry.input, entry.output) = (input, output);
    (day.input, day.output) = (input, output);
}

#[tokio::test]
async fn whatever_is_wrong_is_found() {
    for (number, (invariant, break_it)) in WRONGS.iter().enumerate() {
        let mut run = Healthy::run().await;
        break_it(&mut run);
        let found = run.violations();
        let names = |violation: &String| violation.starts_with(&format!("invariant {invariant}:"));
        assert!(found.iter().any(names), "wrong {number}: no word of {invariant}: {found:?}");
    }
}

#[tokio::test]
async fn calls_that_should_not_be_are_found() {
    let provider = SimulatedProvider::start(Options::default()).await.unwrap();
    let mut run = Healthy::run().await;
    run.record = provider.record();
    run.record.give_up("why");
    for _ in 0..2 {
        ask(&provider, BODY).await;
    }
    for ends_no_answer in [true, false] {
        run.ends_no_answer = ends_no_answer;
        let found = run.violations();
        for sign in ["invariant 8: call 1", "invariant 8: \"why\" was asked again", "invariant 9:"]
        {
            assert!(found.iter().any(|violation| violation.starts_with(sign)), "{found:?}");
        }
    }
}
