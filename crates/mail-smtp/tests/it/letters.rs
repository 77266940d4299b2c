//! What stands in a letter, and who hands it in.

use ports::mail::Mail;
use testkit::post_office::{Manners, PostOffice};

use crate::{letter, mail_to};

#[tokio::test]
async fn a_letter_has_what_receivers_look_for() {
    let mut office = PostOffice::open(Manners::default()).await;
    let mail = mail_to(&office, "smtp", "");
    mail.send(&letter()).await.unwrap();
    let first = office.next().await;
    let header = |name| first.header(name).unwrap_or_default();
    assert_eq!(first.from, "sluice@example.org");
    assert_eq!(first.said("From"), "Sluice, of ours <sluice@example.org>");
    assert_eq!(header("To"), "ada@example.org");
    assert_eq!(header("Auto-Submitted"), "auto-generated");
    assert!(header("Date").ends_with("+0000"), "{first:?}");
    assert!(header("Content-Type").starts_with("text/plain; charset=utf-8"), "{first:?}");
    assert!(header("Message-ID").ends_with("@example.org>"), "{first:?}");
    mail.send(&letter()).await.unwrap();
    assert_ne!(office.next().await.header("Message-ID"), first.header("Message-ID"));
    assert_eq!(office.heard()[0], "EHLO example.org");
}

#[tokio::test]
async fn whoever_has_an_account_signs_in() {
    let account = Some(("ada".to_owned(), "p@ss/".to_owned()));
    let mut office = PostOffice::open(Manners { account, ..Manners::default() }).await;
    mail_to(&office, "smtp", "ada:p%40ss%2F@").send(&letter()).await.unwrap();
    assert_eq!(office.next().await.text, "Hello, Ada.\n");
    assert!(mail_to(&office, "smtp", "").send(&letter()).await.is_err());
}

/// Some servers repeat what was said to them.
///
/// Security case 71.
#[tokio::test]
async fn a_refusal_tells_no_password() {
    let account = Some(("ada".to_owned(), "another".to_owned()));
    let office = PostOffice::open(Manners { account, ..Manners::default() }).await;
    let mail = mail_to(&office, "smtp", "ada:canary@");
    let error = mail.send(&letter()).await.unwrap_err();
    let said = format!("{error} {error:?} {:?} {mail:?}", error.source.to_string());
    assert!(said.contains("535") && !error.is_passing, "{said}");
    // "AGFkYQBjYW5hcnk=" is what goes over the wire.
    assert!(!said.contains("canary") && !said.contains("AGFkYQ"), "{said}");
}

#[tokio::test]
async fn a_server_that_is_away_is_an_error() {
    let office = PostOffice::open(Manners::default()).await;
    let mail = mail_to(&office, "smtp", "");
    drop(office);
    assert!(mail.send(&letter()).await.unwrap_err().is_passing);
}
