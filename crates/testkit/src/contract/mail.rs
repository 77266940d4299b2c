//! Promises of `ports::mail::Mail`.

use std::sync::Arc;

use domain::email::Email;
use futures_util::future::join_all;
use ports::mail::{Letter, Mail};

use super::{contract, waiting::soon};
use crate::post_office::{Manners, PostOffice};

contract! {
    /// One test per promise of `ports::mail::Mail`. Takes the path of an async function that makes a
    /// `testkit::contract::mail::MailUnderTest`.
    mail_contract = testkit::contract::mail:
        a_letter_arrives_as_it_is_written,
        nothing_in_a_letter_becomes_more_than_that,
        letters_at_the_same_time_arrive_once_each,
        a_letter_that_is_refused_is_an_error,
        a_letter_that_is_not_taken_is_an_error_in_time,
}

/// An adapter, and where its letters arrive.
pub struct MailUnderTest {
    /// The adapter. It waits longer than anything takes.
    pub mail: Arc<dyn Mail>,
    /// The same, but it waits for a second at most.
    pub impatient: Arc<dyn Mail>,
    /// Where their letters arrive.
    pub office: PostOffice,
}

fn letter(to: &str, subject: &str, text: &str) -> Letter {
    let to = Email::of_account(to).unwrap();
    Letter { to, subject: subject.to_owned(), text: text.to_owned() }
}

/// Whatever lines it has.
pub async fn a_letter_arrives_as_it_is_written(mut under: MailUnderTest) {
    let long = format!("https://example.org/#/{}\n", "abc.123-_=".repeat(80));
    let subject =
        "Ünïcode: \u{1F980} and a subject that is so long that it does not fit into one line";
    for (subject, text) in [
        ("A plain word", "One line.\n"),
        ("No end of a line", "One line."),
        ("Dots", "Look:\n.\n..\n.x\nno end\n"),
        (subject, "Grüße\n\n\u{1F980}\n"),
        ("Long = long", &long),
        ("White space", "  before\nbehind  \n\n\n"),
    ] {
        let letter = letter("ada@example.org", subject, text);
        under.mail.send(&letter).await.unwrap();
        let received = under.office.next().await;
        assert_eq!(received.to, ["ada@example.org"]);
        assert_eq!((received.said("Subject").as_str(), received.text.as_str()), (subject, text));
    }
}

/// Line breaks in a subject, the end of a letter in its text, odd addresses.
///
/// Security case 102.
pub async fn nothing_in_a_letter_becomes_more_than_that(mut under: MailUnderTest) {
    let end = "\r\n.\r\nMAIL FROM:<eve@example.org>\r\nRCPT TO:<bob@example.org>\r\nDATA\r\n";
    let subject = "Hello\r\nBcc: eve@example.org\n\nand more";
    under.mail.send(&letter("ada@example.org", subject, end)).await.unwrap();
    let received = under.office.next().await;
    assert_eq!(received.to, ["ada@example.org"]);
    assert_eq!(received.header("Bcc"), None, "{received:?}");
    assert_eq!(received.text, end.replace("\r\n", "\n"));
    for odd in ["a>,<eve@example.org", "\"a,eve@example.org", "a@example.org>", "@,eve@example.org"]
    {
        // It may be refused; what arrives is for nobody else.
        if under.mail.send(&letter(odd, "Odd", "Odd.\n")).await.is_ok() {
            assert_eq!(under.office.next().await.to, [odd]);
        }
    }
    assert_eq!(under.office.taken(), None);
}

/// Each to its own recipient.
pub async fn letters_at_the_same_time_arrive_once_each(mut under: MailUnderTest) {
    let address = |number: usize| format!("{number}@example.org");
    let letters: Vec<_> = (0..8).map(|n| letter(&address(n), "Same", &format!("{n}\n"))).collect();
    let sent = join_all(letters.iter().map(|letter| under.mail.send(letter))).await;
    assert!(sent.iter().all(Result::is_ok), "{sent:?}");
    let mut arrived = Vec::new();
    for _ in 0..8 {
        let received = under.office.next().await;
        arrived.push((received.to.concat(), received.text));
    }
    arrived.sort();
    let expected: Vec<_> = (0..8).map(|n| (address(n), format!("{n}\n"))).collect();
    assert_eq!(arrived, expected);
    assert_eq!(under.office.taken(), None);
}

/// At every step; and the next one is taken again.
pub async fn a_letter_that_is_refused_is_an_error(mut under: MailUnderTest) {
    let letter = letter("ada@example.org", "Refused", "the secret of this letter\n");
    for step in ["EHLO", "MAIL", "RCPT", "DATA"] {
        under.office.behave(Manners { refuses: Some(step), ..Manners::default() });
        let error = under.mail.send(&letter).await.unwrap_err();
        let said = format!("{error} {error:?} {letter:?}");
        assert!(!said.contains("secret") && !said.contains("ada@"), "{step}: {said}");
        assert_eq!(under.office.taken(), None);
    }
    under.office.behave(Manners::default());
    under.mail.send(&letter).await.unwrap();
    assert_eq!(under.office.next().await.said("Subject"), "Refused");
}

/// The other side takes connections, and says nothing.
pub async fn a_letter_that_is_not_taken_is_an_error_in_time(under: MailUnderTest) {
    under.office.behave(Manners { is_silent: true, ..Manners::default() });
    let letter = letter("ada@example.org", "Silence", "Hello?\n");
    assert!(soon(under.impatient.send(&letter)).await.is_err());
}
