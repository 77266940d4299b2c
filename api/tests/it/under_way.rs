//! Asking while something else is under way.

use domain::{attempt::Outcome, generation::Status, id::ChatId};
use futures_util::future::join_all;
use ports::{Clock, clock::SystemClock};
use serde_json::json;

use crate::{
    asking::{drop_job, drop_job_of, named, question},
    harness::{Answer, testing, testing_with},
};

#[tokio::test]
async fn one_generation_at_a_time() {
    testing(async |app| {
        let user = app.user().await;
        let mut worker = app.worker().await;
        let (chat, other_chat) = (user.chat().await, user.chat().await);
        let id = user.ask(&chat, question("one")).await.expect(202).get("generationId");
        for chat in [&chat, &other_chat] {
            let answer = user.ask(chat, question("two")).await.problem(409, "generation_in_flight");
            assert_eq!(answer.body["generationId"], id);
            let answer =
                user.ask(chat, named("two", "r")).await.problem(409, "generation_in_flight");
            assert_eq!(answer.body["generationId"], id);
        }
        assert_eq!(user.messages(&chat).await.len(), 1, "a refused question is not stored");
        let somebody = app.user().await;
        somebody.generation().await;
        worker.answer(&["a"]).await;
        worker.answer(&["b"]).await;
        user.watch(&id, 0).await;
        user.ask(&other_chat, question("two")).await.expect(202);
        drop_job_of(&mut worker).await;
    })
    .await;
}

#[tokio::test]
async fn of_two_questions_at_once_one_is_accepted() {
    testing(async |app| {
        for _ in 0..5 {
            let user = app.user().await;
            let chat = user.chat().await;
            let asks = (0..10).map(|_| user.ask(&chat, question("hello")));
            let answers: Vec<Answer> = join_all(asks).await;
            let accepted: Vec<_> = answers.iter().filter(|answer| answer.status == 202).collect();
            assert_eq!(accepted.len(), 1);
            let id = &accepted[0].body["generationId"];
            let refused = answers.iter().filter(|answer| answer.status == 409);
            assert_eq!(refused.filter(|answer| &answer.body["generationId"] == id).count(), 9);
            drop_job(app).await;
        }
    })
    .await;
}

#[tokio::test]
async fn more_at_a_time_where_allowed() {
    testing_with(
        |config| config.max_in_flight_per_user = 2,
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            for status in [202, 202, 409] {
                user.ask(&chat, question("hello")).await.expect(status);
            }
            let mut worker = app.worker().await;
            drop_job_of(&mut worker).await;
            drop_job_of(&mut worker).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_refused_question_leaves_the_place_free() {
    testing(async |app| {
        let user = app.user().await;
        let chat = user.chat().await;
        let nowhere = "0193a1b2-0000-7000-8000-000000000000";
        user.ask(nowhere, question("hello")).await.problem(404, "not_found");
        let answer = user.ask(&chat, json!({ "userMessage": "a", "model": "opus" })).await;
        let fault = answer.fault("/model");
        assert!(fault.text.contains("provider being one of: simulated"), "{}", fault.text);
        user.ask(&chat, question("hello")).await.expect(202);
        drop_job(app).await;
    })
    .await;
}

#[tokio::test]
async fn a_question_can_stop_what_is_under_way() {
    testing(async |app| {
        let user = app.user().await;
        let (chat, other) = (user.chat().await, user.chat().await);
        let mut worker = app.worker().await;
        let first = user.ask(&chat, json!({"userMessage": "first"})).await.expect(202);
        let first = first.get("generationId");
        let mut holding = worker.start().await;
        holding.say("Once upon").await;
        let interrupting = json!({"userMessage": "second", "onBusy": "interrupt"});
        let (answer, ()) = tokio::join!(user.ask(&other, interrupting.clone()), async {
            app.until(&user, &first, |row| row.state.cancel_requested).await;
            holding.end(Outcome::Canceled).await;
        });
        let second = answer.expect(202).get("generationId");
        let row = app.generation(&user, &first).await.unwrap();
        assert_eq!(row.state.status.as_str(), "canceled");
        assert_eq!(user.messages(&chat).await[0]["content"], "Once upon", "its text is kept");
        // One that waits is stopped at once.
        let third = user.ask(&chat, interrupting).await.expect(202).get("generationId");
        let row = app.generation(&user, &second).await.unwrap();
        assert_eq!(row.state.status.as_str(), "canceled");
        worker.delivery().await.0.ack().await.unwrap();
        worker.answer(&["done"]).await;
        user.watch(&third, 0).await;
        let queued = json!({"userMessage": "x", "onBusy": "later"});
        user.ask(&chat, queued).await.fault("/onBusy");
    })
    .await;
}

/// Whether what it interrupts streams or waits for a worker.
#[tokio::test]
async fn a_question_that_interrupts_stops_nothing_that_waits() {
    for (streams, before) in [(true, &["one", "half"][..]), (false, &[])] {
        testing_with(
            |config| config.max_queued_per_user = 2,
            async |app| {
                let user = app.user().await;
                let chat = user.chat().await;
                let mut worker = app.worker().await;
                let ask = async |text: &str, on_busy: &str| {
                    user.ask(&chat, json!({"userMessage": text, "onBusy": on_busy})).await
                };
                let first = ask("one", "queue").await.expect(202).get("generationId");
                let mut waiting = Vec::new();
                for text in ["two", "three"] {
                    let accepted = ask(text, "queue").await.expect(202);
                    waiting.push((accepted.get("generationId"), text));
                }
                let urgent = if streams {
                    let mut holding = worker.start().await;
                    holding.say("half").await;
                    app.until(&user, &first, |row| row.state.status == Status::Streaming).await;
                    let (answer, ()) = tokio::join!(ask("now", "interrupt"), async {
                        app.until(&user, &first, |row| row.state.cancel_requested).await;
                        holding.end(Outcome::Canceled).await;
                    });
                    answer
                } else {
                    let answer = ask("now", "interrupt").await;
                    drop_job_of(&mut worker).await;
                    answer
                };
                let urgent = urgent.expect(202).get("generationId");
                let row = app.generation(&user, &first).await.unwrap();
                assert_eq!(row.state.status, Status::Canceled);
                let mut told = before.to_vec();
                let line = waiting.into_iter().chain([(urgent, "now")]);
                for ((id, question), answer) in line.zip(["2", "3", "at last"]) {
                    let mut holding = worker.start().await;
                    assert_eq!(holding.job.generation_id.to_string(), id);
                    told.push(question);
                    let turns: Vec<_> =
                        holding.job.turns.iter().map(|turn| turn.content.as_str()).collect();
                    assert_eq!(turns, told);
                    holding.say(answer).await;
                    holding.succeed().await;
                    user.watch(&id, 0).await;
                    told.push(answer);
                }
            },
        )
        .await;
    }
}

/// The place of one that waits is one that another may have; who interrupts takes none of them.
#[tokio::test]
async fn a_question_can_interrupt_where_none_may_wait() {
    testing_with(
        |config| config.max_queued_per_user = 0,
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut worker = app.worker().await;
            user.ask(&chat, question("one")).await.expect(202);
            let ask = async |on_busy: &str| {
                user.ask(&chat, json!({"userMessage": "two", "onBusy": on_busy})).await
            };
            ask("queue").await.problem(409, "queue_full");
            let second = ask("interrupt").await.expect(202).get("generationId");
            drop_job_of(&mut worker).await;
            worker.answer(&["done"]).await;
            user.watch(&second, 0).await;
        },
    )
    .await;
}

#[tokio::test]
async fn a_request_that_cannot_be_accepted_stops_nothing() {
    testing(async |app| {
        let (user, stranger) = (app.user().await, app.user().await);
        let (chat, foreign) = (user.chat().await, stranger.chat().await);
        let first = user.ask(&chat, question("first")).await.expect(202).get("generationId");
        let gone = ChatId::generate(SystemClock.now());
        for on_busy in ["reject", "interrupt", "queue"] {
            let body = json!({"userMessage": "second", "onBusy": on_busy});
            user.ask(&gone.to_string(), body.clone()).await.problem(404, "not_found");
            user.ask(&foreign, body).await.problem(404, "not_found");
            let body = json!({"userMessage": "second", "onBusy": on_busy, "parentId": gone});
            user.ask(&foreign, body.clone()).await.problem(404, "not_found");
            user.ask(&chat, body).await.fault("/parentId");
        }
        let row = app.generation(&user, &first).await.unwrap();
        assert_eq!((row.state.status.as_str(), row.state.cancel_requested), ("queued", false));
        app.worker().await.answer(&["done"]).await;
        user.watch(&first, 0).await;
    })
    .await;
}

#[tokio::test]
async fn a_question_can_wait_for_its_turn() {
    testing_with(
        |config| config.max_queued_per_user = 2,
        async |app| {
            let user = app.user().await;
            let chat = user.chat().await;
            let mut worker = app.worker().await;
            let queued = |text: &str| json!({"userMessage": text, "onBusy": "queue"});
            let ask = async |text: &str| user.ask(&chat, queued(text)).await;
            // Nothing is under way: it is asked at once.
            let first = ask("one").await.expect(202).get("generationId");
            let mut holding = worker.start().await;
            let second = ask("two").await.expect(202).get("generationId");
            let third = ask("three").await.expect(202).get("generationId");
            ask("four").await.problem(409, "queue_full");
            let mut viewer = user.follow(&second, None).await;
            holding.say("1").await;
            holding.succeed().await;
            let holding = worker.start().await;
            assert_eq!(holding.job.generation_id.to_string(), second, "it is told by itself");
            let told: Vec<_> = holding.job.turns.iter().map(|turn| turn.content.as_str()).collect();
            assert_eq!(told, ["one", "1", "two"], "with what was answered meanwhile");
            holding.succeed().await;
            assert_eq!(viewer.event().await.unwrap().1["type"], "status");
            // One that is stopped while it waits lets the next one go first.
            let fifth = ask("five").await.expect(202).get("generationId");
            let holding = worker.start().await;
            assert_eq!(holding.job.generation_id.to_string(), third);
            user.post(&format!("/api/generations/{fifth}/cancel"), json!({})).await.expect(202);
            holding.succeed().await;
            for id in [&first, &second, &third] {
                assert_eq!(user.watch(id, 0).await.last().unwrap().1["status"], "succeeded");
            }
            assert_eq!(user.watch(&fifth, 0).await.last().unwrap().1["status"], "canceled");
        },
    )
    .await;
}
