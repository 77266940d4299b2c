//! Where a page of a list begins, as an opaque text.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use chrono::{DateTime, Datelike};
use ports::store::{Cursor, Towards};
use uuid::Uuid;

const TIME_BYTES: usize = 8;
const BYTES: usize = TIME_BYTES + 16 + 1;

/// The text of `cursor`.
pub(crate) fn encode(cursor: Cursor) -> String {
    let mut bytes = [0; BYTES];
    bytes[..TIME_BYTES].copy_from_slice(&cursor.at.timestamp_micros().to_be_bytes());
    bytes[TIME_BYTES..BYTES - 1].copy_from_slice(cursor.id.as_bytes());
    bytes[BYTES - 1] = u8::from(cursor.towards == Towards::Newer);
    URL_SAFE_NO_PAD.encode(bytes)
}

/// Which years times of ours are in. The store knows no others: PostgreSQL begins with 4713 BC.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// The cursor of `text`; none if it is not one of ours.
pub(crate) fn decode(text: &str) -> Option<Cursor> {
    let mut bytes = [0; BYTES];
    let length = URL_SAFE_NO_PAD.decode_slice(text, &mut bytes).ok()?;
    let (time, rest) = bytes.split_first_chunk::<TIME_BYTES>()?;
    let (id, towards) = rest.split_at(16);
    let at = DateTime::from_timestamp_micros(i64::from_be_bytes(*time))?;
    let id = Uuid::from_slice(id).ok()?;
    let towards = match towards {
        [0] => Towards::Older,
        [1] => Towards::Newer,
        _ => return None,
    };
    (length == BYTES && YEARS.contains(&at.year())).then_some(Cursor { at, id, towards })
}

#[cfg(test)]
mod tests {
    use testkit::clock::epoch;

    use super::*;

    #[test]
    fn a_cursor_survives_its_text() {
        let at = epoch() + chrono::Duration::microseconds(123_456);
        for towards in [Towards::Older, Towards::Newer] {
            let cursor = Cursor { at, id: Uuid::from_u128(7), towards };
            assert_eq!(decode(&encode(cursor)), Some(cursor));
        }
    }

    /// Security case 48.
    #[test]
    fn what_is_no_cursor_is_refused() {
        let good = encode(Cursor { at: epoch(), id: Uuid::nil(), towards: Towards::Older });
        let far_future = URL_SAFE_NO_PAD.encode([0x7f; BYTES]);
        let of = |at: &str| {
            let at = at.parse().unwrap();
            encode(Cursor { at, id: Uuid::nil(), towards: Towards::Older })
        };
        let first = "1970-01-01T00:00:00Z";
        assert_eq!(decode(&of(first)).map(|cursor| cursor.at), first.parse().ok());
        for at in ["1969-12-31T23:59:59Z", "-7537-01-01T00:00:00Z", "+10000-01-01T00:00:00Z"] {
            assert_eq!(decode(&of(at)), None, "{at}");
        }
        for text in ["", "x", "١٠", "' or 1=1", &good[1..], &format!("{good}AAAA"), &far_future] {
            assert_eq!(decode(text), None, "{text}");
        }
        assert_eq!(decode(&"A".repeat(100_000)), None);
    }
}
