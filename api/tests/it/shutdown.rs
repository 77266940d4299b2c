//! Stopping with viewers about.

use crate::harness::{Frame, testing};

#[tokio::test]
async fn streams_end_by_themselves_and_the_rest_comes_after_a_restart() {
    testing(async |app| {
        let user = app.user().await;
        let id = user.generation().await;
        let mut holding = app.worker().await.start().await;
        holding.say("before").await;
        let mut viewer = user.follow(&id, None).await;
        viewer.event().await;
        let (seen, _) = viewer.event().await.unwrap();
        app.ask_to_stop();
        match viewer.next().await {
            Some(Frame::Retry(millis)) => assert!((1000..4000).contains(&millis), "{millis}"),
            other => panic!("not told when to come back: {other:?}"),
        }
        assert_eq!(viewer.next().await, None);
        app.ended().await;
        holding.say("while away").await;
        app.start_again().await;
        holding.succeed().await;
        let mut again = app.anybody();
        again.session = user.session.clone();
        let events = again.watch(&id, seen).await;
        assert_eq!(events[0].1["delta"], "while away");
        assert_eq!(events.last().unwrap().1["type"], "done");
    })
    .await;
}
