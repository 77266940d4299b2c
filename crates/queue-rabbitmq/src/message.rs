//! Envelopes as AMQP messages: what operators see of one in the console, and how it is read again.

use std::collections::BTreeMap;

use bytes::Bytes;
use chrono::DateTime;
use domain::time::{Timestamp, to_micros};
use lapin::{
    BasicProperties,
    types::{AMQPValue, FieldTable, ShortString},
};
use ports::queue::{Envelope, kept_reason};
use uuid::Uuid;

/// The version of what is written here. Messages with another one are parked among the dead letters.
const VERSION: &str = "1";

const VERSION_HEADER: &str = "x-version";
const AT_HEADER: &str = "x-at";
const NOT_BEFORE_HEADER: &str = "x-not-before";
const WHY_HEADER: &str = "x-dead-letter-reason";
const SINCE_HEADER: &str = "x-dead-letter-since";
/// What the broker adds begins with these.
const OF_BROKER: [&str; 4] = ["x-death", "x-first-death-", "x-last-death-", RETURNS_HEADER];
/// How often the message came back; absent before the first time.
const RETURNS_HEADER: &str = "x-delivery-count";

/// A message kept by the broker on disk.
const PERSISTENT: u8 = 2;

/// What a service called `service` publishes of `envelope`.
pub(crate) fn properties(envelope: &Envelope, service: &str) -> BasicProperties {
    let mut headers = FieldTable::default();
    for (name, value) in &envelope.headers {
        set(&mut headers, name, value);
    }
    set(&mut headers, VERSION_HEADER, VERSION);
    set(&mut headers, AT_HEADER, &envelope.at.to_rfc3339());
    BasicProperties::default()
        .with_message_id(envelope.message_id.to_string().into())
        .with_correlation_id(envelope.correlation_id.to_string().into())
        .with_type(short(&envelope.kind))
        .with_app_id(short(service))
        .with_timestamp(u64::try_from(envelope.at.timestamp()).unwrap_or_default())
        .with_content_type("application/json".into())
        .with_delivery_mode(PERSISTENT)
        .with_headers(headers)
}

/// `properties` of a message that is to wait until `at`.
pub(crate) fn not_before(properties: BasicProperties, at: Timestamp) -> BasicProperties {
    with_headers(properties, |headers| set(headers, NOT_BEFORE_HEADER, &at.to_rfc3339()))
}

/// Until when a message is to wait.
pub(crate) fn waits_until(properties: &BasicProperties) -> Option<Timestamp> {
    time(header(properties, NOT_BEFORE_HEADER)?)
}

/// How often the broker handed the message over before, and it came back.
pub(crate) fn returns(properties: &BasicProperties) -> u32 {
    let headers = properties.headers().as_ref().map(FieldTable::inner);
    let count = headers.and_then(|headers| headers.get(RETURNS_HEADER));
    count.and_then(AMQPValue::as_long_long_int).and_then(|count| count.try_into().ok()).unwrap_or(0)
}

/// `properties` of a message that goes to the dead letters at `at`. The reason may hold what a stranger wrote.
pub(crate) fn dead(properties: BasicProperties, why: &str, at: Timestamp) -> BasicProperties {
    with_headers(properties, |headers| {
        set(headers, WHY_HEADER, kept_reason(why));
        set(headers, SINCE_HEADER, &at.to_rfc3339());
    })
}

/// Why, and since when, a message is among the dead letters, if one of us put it there.
pub(crate) fn death(properties: &BasicProperties) -> Option<(String, Timestamp)> {
    let since = time(header(properties, SINCE_HEADER)?)?;
    Some((header(properties, WHY_HEADER)?.to_owned(), since))
}

/// Why a message cannot be read.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Unreadable {
    #[error("version {0} of the message is not known here; known is {VERSION}")]
    Version(String),
    #[error("the message lacks {0}")]
    Lacks(&'static str),
}

/// Reads a message.
pub(crate) fn read(properties: &BasicProperties, body: Bytes) -> Result<Envelope, Unreadable> {
    let version = header(properties, VERSION_HEADER);
    let version = version.ok_or(Unreadable::Lacks("the header x-version"))?;
    if version != VERSION {
        return Err(Unreadable::Version(version.to_owned()));
    }
    let lacks = |name| move || Unreadable::Lacks(name);
    Ok(Envelope {
        message_id: message_id(properties).ok_or_else(lacks("a message_id"))?,
        correlation_id: id(properties.correlation_id().as_ref())
            .ok_or_else(lacks("a correlation_id"))?,
        kind: kind(properties).ok_or_else(lacks("a type"))?,
        at: written_at(properties).ok_or_else(lacks("the header x-at"))?,
        headers: further(properties),
        body,
    })
}

/// Reads as much of a message as there is; for operators, who have to see the unreadable too.
pub(crate) fn read_some(properties: &BasicProperties, body: Bytes) -> Envelope {
    Envelope {
        message_id: message_id(properties).unwrap_or_default(),
        correlation_id: id(properties.correlation_id().as_ref()).unwrap_or_default(),
        kind: kind(properties).unwrap_or_default(),
        at: written_at(properties).unwrap_or_default(),
        headers: further(properties),
        body,
    }
}

/// `properties`, with an id if there is none: operators name dead letters by it.
pub(crate) fn identified(properties: BasicProperties, body: &[u8]) -> BasicProperties {
    if message_id(&properties).is_some() {
        return properties;
    }
    let id = Uuid::new_v5(&Uuid::NAMESPACE_OID, body);
    properties.with_message_id(id.to_string().into())
}

pub(crate) fn message_id(properties: &BasicProperties) -> Option<Uuid> {
    id(properties.message_id().as_ref())
}

/// `properties` as they were before the message died, or came back.
pub(crate) fn revived(properties: &BasicProperties) -> BasicProperties {
    let mut headers = FieldTable::default();
    let before = properties.headers().iter().flat_map(FieldTable::inner);
    for (name, value) in before.filter(|(name, _)| !is_of_death(name.as_str())) {
        headers.insert(name.clone(), value.clone());
    }
    properties.clone().with_headers(headers)
}

fn is_of_death(name: &str) -> bool {
    [NOT_BEFORE_HEADER, WHY_HEADER, SINCE_HEADER].contains(&name)
        || OF_BROKER.iter().any(|prefix| name.starts_with(prefix))
}

fn id(text: Option<&ShortString>) -> Option<Uuid> {
    text?.as_str().parse().ok()
}

fn kind(properties: &BasicProperties) -> Option<String> {
    properties.kind().as_ref().map(ToString::to_string)
}

fn written_at(properties: &BasicProperties) -> Option<Timestamp> {
    time(header(properties, AT_HEADER)?)
}

fn time(text: &str) -> Option<Timestamp> {
    Some(to_micros(DateTime::parse_from_rfc3339(text).ok()?.to_utc()))
}

fn header<'a>(properties: &'a BasicProperties, name: &str) -> Option<&'a str> {
    as_text(properties.headers().as_ref()?.inner().get(name)?)
}

fn as_text(value: &AMQPValue) -> Option<&str> {
    match value {
        AMQPValue::LongString(text) => std::str::from_utf8(text.as_bytes()).ok(),
        _ => None,
    }
}

/// The headers that are the envelope's own.
fn further(properties: &BasicProperties) -> BTreeMap<String, String> {
    let Some(headers) = properties.headers() else { return BTreeMap::new() };
    let own = |name: &str| ![VERSION_HEADER, AT_HEADER].contains(&name) && !is_of_death(name);
    let headers = headers.inner().iter().filter(|(name, _)| own(name.as_str()));
    headers
        .filter_map(|(name, value)| Some((name.to_string(), as_text(value)?.to_owned())))
        .collect()
}

fn with_headers(
    properties: BasicProperties,
    change: impl FnOnce(&mut FieldTable),
) -> BasicProperties {
    let mut headers = properties.headers().clone().unwrap_or_default();
    change(&mut headers);
    properties.with_headers(headers)
}

fn set(headers: &mut FieldTable, name: &str, value: &str) {
    headers.insert(short(name), AMQPValue::LongString(value.into()));
}

/// As much of `text` as a short string can hold.
fn short(text: &str) -> ShortString {
    const LONGEST: usize = 255;
    text[..text.floor_char_boundary(LONGEST)].into()
}

#[cfg(test)]
#[path = "message_tests.rs"]
mod tests;
