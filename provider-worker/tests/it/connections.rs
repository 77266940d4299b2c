//! Calls come over connections that are there already.

use domain::attempt::{FinishReason, Outcome};
use provider_worker::Dialect;
use simulated_provider::{CallView, End};

use crate::world::Real;

const CALLS: usize = 12;

/// Waits until the provider has ended the last call, of `count`.
async fn last(real: &Real, count: usize) -> CallView {
    let has_ended = |calls: &[CallView]| calls.len() == count && calls[count - 1].end.is_some();
    real.simulated.record().wait_for(has_ended).await.pop().unwrap()
}

#[tokio::test]
async fn calls_one_after_the_other_share_a_connection() {
    for dialect in [Dialect::OpenAi, Dialect::Anthropic, Dialect::Gemini] {
        let mut real = Real::speaking(dialect, &["sim-1"]).await;
        for count in 1..=CALLS {
            let ended = real.world.answer("sim-tokens=3,trail=5ms").await;
            assert_eq!(ended.outcome, Outcome::Succeeded { finish: FinishReason::Stop });
            let call = last(&real, count).await;
            assert_eq!(call.end, Some(End::Completed), "{dialect:?}: read to its end");
        }
        // The end of a body may still be on its way when the next call begins.
        let connections = real.simulated.record().connections();
        assert!(connections <= 2, "{dialect:?}: {connections}");
        real.stop().await;
    }
}

#[tokio::test]
async fn a_connection_whose_answer_does_not_end_is_closed() {
    let mut real = Real::with(&["sim-1"]).await;
    real.world.answer("sim-tokens=3,hold").await;
    assert_eq!(last(&real, 1).await.end, Some(End::ClientGone));
    real.stop().await;
}
