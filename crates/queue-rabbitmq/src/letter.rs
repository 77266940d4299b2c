//! Dead letters as operators see them.

use chrono::DateTime;
use domain::time::Timestamp;
use lapin::{BasicProperties, message::Delivery, types::AMQPValue};
use ports::queue::{DeadLetter, MAX_DELIVERIES};

use crate::{message, place::topic_of};

/// `None` for a message that nobody of us could have put there.
pub(crate) fn dead_letter(letter: &Delivery, body: Vec<u8>) -> Option<DeadLetter> {
    let Some(topic) = topic_of(letter.routing_key.as_str()) else {
        tracing::warn!(key = %letter.routing_key, "a dead letter of no known topic is left out");
        return None;
    };
    let (why, since) = message::death(&letter.properties)
        .or_else(|| of_broker(&letter.properties))
        .unwrap_or_else(|| ("no reason was given".to_owned(), Timestamp::UNIX_EPOCH));
    let envelope = message::read_some(&letter.properties, body.into());
    Some(DeadLetter { topic, envelope, why, since })
}

/// Why, and when, the broker itself made a message a dead letter.
fn of_broker(properties: &BasicProperties) -> Option<(String, Timestamp)> {
    let headers = properties.headers().as_ref()?.inner();
    let AMQPValue::FieldArray(deaths) = headers.get("x-death")? else { return None };
    // The last death comes first.
    let AMQPValue::FieldTable(death) = deaths.as_slice().first()? else { return None };
    let AMQPValue::Timestamp(seconds) = death.inner().get("time")? else { return None };
    let since = DateTime::from_timestamp(i64::try_from(*seconds).ok()?, 0)?;
    let AMQPValue::LongString(reason) = death.inner().get("reason")? else { return None };
    let why = match reason.as_bytes() {
        b"delivery_limit" => format!("handed over {MAX_DELIVERIES} times, and came back each time"),
        reason => format!("the broker put it here: {}", String::from_utf8_lossy(reason)),
    };
    Some((why, since))
}
