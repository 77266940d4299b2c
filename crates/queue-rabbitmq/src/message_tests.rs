use super::*;

fn envelope() -> Envelope {
    Envelope {
        message_id: Uuid::from_u128(1),
        correlation_id: Uuid::from_u128(2),
        kind: "job".to_owned(),
        at: DateTime::from_timestamp_micros(1_700_000_000_123_456).unwrap(),
        headers: BTreeMap::from([("traceparent".to_owned(), "00-a-b-01".to_owned())]),
        body: Bytes::from_static(b"{}"),
    }
}

fn written() -> BasicProperties {
    properties(&envelope(), "api@host:1")
}

#[test]
fn a_message_tells_how_often_it_came_back() {
    assert_eq!(returns(&written()), 0);
    let after = |count| {
        with_headers(written(), |headers| {
            headers.insert(RETURNS_HEADER.into(), count);
        })
    };
    assert_eq!(returns(&after(AMQPValue::LongLongInt(4))), 4);
    assert_eq!(returns(&after(AMQPValue::LongString("4".into()))), 0);
    let published_again = revived(&after(AMQPValue::LongLongInt(4)));
    assert_eq!((returns(&published_again), published_again), (0, written()));
}

#[test]
fn what_is_written_is_read() {
    assert_eq!(read(&written(), envelope().body), Ok(envelope()));
    assert_eq!(read_some(&written(), envelope().body), envelope());
}

#[test]
fn the_way_to_the_dead_letters_leaves_the_envelope_as_it_was() {
    let at = envelope().at;
    let dead = dead(not_before(written(), at), "why", at);
    assert_eq!(death(&dead), Some(("why".to_owned(), at)));
    assert_eq!(waits_until(&dead), Some(at));
    assert_eq!(read(&dead, envelope().body), Ok(envelope()));
}

#[test]
fn what_a_stranger_wrote_is_no_longer_than_a_reason() {
    let of_version = with_headers(written(), |headers| {
        set(headers, VERSION_HEADER, &"9".repeat(100_000));
    });
    let error = read(&of_version, Bytes::new()).unwrap_err();
    let (why, _) = death(&dead(of_version, &error.to_string(), envelope().at)).unwrap();
    assert_eq!(why.len(), ports::queue::MAX_REASON);
}

#[test]
fn what_cannot_be_read_says_why() {
    let of_version_2 = with_headers(written(), |headers| set(headers, VERSION_HEADER, "2"));
    let error = read(&of_version_2, Bytes::new()).unwrap_err();
    assert_eq!(error.to_string(), "version 2 of the message is not known here; known is 1");
    let nameless = written().with_message_id("x".into());
    assert_eq!(read(&nameless, Bytes::new()), Err(Unreadable::Lacks("a message_id")));
    let foreign = BasicProperties::default();
    assert!(matches!(read(&foreign, Bytes::new()), Err(Unreadable::Lacks(_))));
}

#[test]
fn what_has_no_id_gets_one() {
    let named = identified(BasicProperties::default(), b"body");
    assert!(message_id(&named).is_some());
    assert_eq!(message_id(&identified(written(), b"body")), Some(envelope().message_id));
}

#[test]
fn long_names_are_cut_at_a_character() {
    assert_eq!(short(&"ä".repeat(200)).as_str(), "ä".repeat(127));
}
