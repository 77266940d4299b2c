//! Jobs that cannot be read.

use ::ports::queue::Envelope;
use domain::{
    attempt::Outcome,
    failure::Failure,
    id::{GenerationId, UserId},
    job::{JOB_VERSION, Job},
    report::{Ended, REPORT_VERSION},
    unreadable::Unreadable,
};
use serde::Deserialize;
use uuid::Uuid;

use super::End;
use crate::{lane::Lane, reports::Reporter};

/// Why a job cannot be worked on.
#[derive(Debug, thiserror::Error)]
pub(super) enum Poison {
    /// Written by a version that this one does not know.
    #[error("the job has version {0}; known: {JOB_VERSION}")]
    UnknownVersion(u32),
    /// Not a job at all.
    #[error("the job cannot be read: {0}")]
    Unreadable(Unreadable),
}

/// What can be read of a job of any version.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Traces {
    v: Option<u32>,
    generation_id: Option<GenerationId>,
    user_id: Option<UserId>,
    attempt: Option<u32>,
    model: Option<String>,
    last_seq: Option<u64>,
}

/// Reads a job.
pub(super) fn read(body: &[u8]) -> Result<Job, Poison> {
    let version = || serde_json::from_slice::<Traces>(body).ok().and_then(|traces| traces.v);
    match serde_json::from_slice::<Job>(body) {
        Ok(job) if job.v == JOB_VERSION => Ok(job),
        Ok(job) => Err(Poison::UnknownVersion(job.v)),
        Err(error) => Err(match version() {
            Some(version) if version != JOB_VERSION => Poison::UnknownVersion(version),
            _ => Poison::Unreadable(error.into()),
        }),
    }
}

/// Tells the control plane that the generation of an unreadable job failed, so that its user does
/// not wait for ever.
pub(super) async fn bury(lane: &Lane, envelope: &Envelope, poison: &Poison) -> End {
    tracing::error!(generation = %envelope.correlation_id, %poison, "a job cannot be worked on");
    let reporter = Reporter { lane, source: envelope };
    match lane.unless_handed_back(reporter.ended(ended(lane, envelope))).await {
        Some(Ok(())) => End::DeadLetter(poison.to_string()),
        Some(Err(error)) => {
            tracing::error!(%error, "cannot publish");
            End::Release
        }
        None => End::Release,
    }
}

fn ended(lane: &Lane, envelope: &Envelope) -> Ended {
    let traces: Traces = serde_json::from_slice(&envelope.body).unwrap_or_default();
    let named_by_envelope = GenerationId::from_uuid(envelope.correlation_id);
    let now = lane.now();
    Ended {
        v: REPORT_VERSION,
        generation_id: traces.generation_id.unwrap_or(named_by_envelope),
        // Whose it is matters only for what was spent, and nothing was.
        user_id: traces.user_id.unwrap_or(UserId::from_uuid(Uuid::nil())),
        attempt: traces.attempt.unwrap_or(1),
        outcome: Outcome::Failed(Failure {
            code: Failure::POISON_JOB.to_owned(),
            message: "The request could not be read by the worker.".to_owned(),
        }),
        provider: lane.name.clone(),
        model: traces.model.unwrap_or_default(),
        key: None,
        usage: None,
        usage_before: None,
        started_at: now,
        ended_at: now,
        // Written before the job was; whoever settles it looks into the log.
        last_seq: traces.last_seq.unwrap_or(0),
        events: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_known_jobs_are_read() {
        let at = testkit::clock::epoch();
        let user = testkit::sample::user(at);
        let chat = testkit::sample::chat(user.id, at);
        let message = testkit::sample::message(chat.id, "hi", at);
        let generation = testkit::sample::generation(user.id, &message, at);
        let mut job = testkit::sample::job(&generation, "hi");
        let bytes = |job: &Job| serde_json::to_vec(job).unwrap();
        assert_eq!(read(&bytes(&job)).unwrap(), job);
        job.v = 7;
        assert!(matches!(read(&bytes(&job)), Err(Poison::UnknownVersion(7))));
        assert!(matches!(read(br#"{"v":9,"other":1}"#), Err(Poison::UnknownVersion(9))));
        for body in [&b""[..], b"null", b"{}", b"{\"v\":1}", b"\xff"] {
            assert!(matches!(read(body), Err(Poison::Unreadable(_))), "{body:?}");
        }
        let said = serde_json::to_string(&sample_with_canary(&job)).unwrap();
        let poison = read(said.as_bytes()).unwrap_err();
        assert!(said.contains("canary") && !format!("{poison} {poison:?}").contains("canary"));
    }

    /// `job`, with a prompt in the place of a number.
    fn sample_with_canary(job: &Job) -> serde_json::Value {
        let mut job = serde_json::to_value(Job { v: JOB_VERSION, ..job.clone() }).unwrap();
        job["attempt"] = "canary".into();
        job
    }
}
