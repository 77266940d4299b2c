//! Wishes to write a log.

use domain::id::{GenerationId, WishId};
use ports::live::{LogWriter, OpenRequest, Opened, Takeover};

use crate::clock::epoch;

/// A first job's wish to write.
#[must_use]
pub fn request(generation: GenerationId) -> OpenRequest {
    OpenRequest {
        generation,
        attempt: 1,
        last_seq: 0,
        worker: "worker".to_owned(),
        message: generation.as_uuid(),
        wish: wish(),
        redelivered: false,
        takeover: Takeover::No,
        max_bytes: u64::MAX,
    }
}

/// What becomes of the wish of a job that was handed over before: its former worker is taken for gone.
pub async fn take_over(log: &dyn LogWriter, request: OpenRequest) -> Opened {
    let request = OpenRequest { redelivered: true, ..request };
    match log.open(&request).await.unwrap() {
        Opened::HeldBy { gone: Some(fence), .. } => {
            let takeover = Takeover::Gone { fence };
            log.open(&OpenRequest { wish: wish(), takeover, ..request }).await.unwrap()
        }
        other => other,
    }
}

/// One like no other.
fn wish() -> WishId {
    WishId::generate(epoch())
}
