//! A stream ends when the right to read it does: whoever signed out or was shut out sees no more.

use std::convert::Infallible;

use bytes::Bytes;
use domain::time::Timestamp;
use futures_util::{Stream, StreamExt, stream};
use tokio::time::{Duration, sleep};

use super::{frame, seat::Seat};
use crate::{app::App, auth::Pass, error::chain};

/// `frames` for as long as `pass` is good, on `seat`. Then browsers are told when to come back, to
/// be let in anew or not.
pub(super) fn while_good(
    app: App,
    (pass, seat): (Pass, Seat),
    frames: impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static,
) -> impl Stream<Item = Result<Bytes, Infallible>> + Send {
    let open = (Box::pin(lapse(app, pass)), Box::pin(frames), seat);
    stream::unfold(Some(open), |open| async move {
        let (mut lapse, mut frames, seat) = open?;
        tokio::select! {
            // First, so that no flood of frames keeps a stream open.
            biased;
            () = &mut lapse => Some((Ok(frame::come_back()), None)),
            next = frames.next() => next.map(|frame| (frame, Some((lapse, frames, seat)))),
        }
    })
}

/// Waits until `pass` is no good any more: until its end, looking at every heartbeat whether it was
/// taken away.
async fn lapse(app: App, pass: Pass) {
    loop {
        sleep(until_next_look(&pass, app.now(), app.config.heartbeat)).await;
        match pass.role(&app, app.now()).await {
            Ok(Some(_)) => {}
            Ok(None) => return,
            // A stream goes on while the store is away.
            Err(error) => {
                tracing::debug!(user_id = %pass.user, error = chain(&error), "a pass was not looked at");
            }
        }
    }
}

fn until_next_look(pass: &Pass, at: Timestamp, heartbeat: Duration) -> Duration {
    let left = pass.ends.map(|ends| (ends - at).to_std().unwrap_or_default());
    left.map_or(heartbeat, |left| left.min(heartbeat))
}

#[cfg(test)]
mod tests {
    use domain::id::UserId;
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn it_is_looked_at_every_heartbeat_and_at_its_end() {
        let heartbeat = Duration::from_secs(15);
        for (ends, wait) in [(None, 15), (Some(60), 15), (Some(7), 7), (Some(0), 0), (Some(-5), 0)]
        {
            let ends = ends.map(|seconds| epoch() + chrono::Duration::seconds(seconds));
            let pass = Pass { ends, ..Pass::of_guest(UserId::generate(epoch())) };
            let waits = until_next_look(&pass, epoch(), heartbeat);
            assert_eq!(waits, Duration::from_secs(wait), "{ends:?}");
        }
    }
}
