//! What goes over the wire in the clear.

use mail_smtp::{Options, SmtpMail};
use ports::mail::Mail;
use testkit::post_office::{Encryption, Manners, PostOffice};

use crate::{letter, mail_to, sender};

async fn office(encryption: Encryption) -> PostOffice {
    let account = Some(("ada".to_owned(), "canary".to_owned()));
    PostOffice::open(Manners { encryption, account, ..Manners::default() }).await
}

/// By whatever certificate, where it would be taken in the clear as well.
#[tokio::test]
async fn encryption_that_is_offered_is_used() {
    let mut office = office(Encryption::Offered).await;
    mail_to(&office, "smtp", "ada:canary@").send(&letter()).await.unwrap();
    assert_eq!(office.next().await.text, "Hello, Ada.\n");
    let heard = office.heard();
    let place = |words: &str| heard.iter().position(|line| line.starts_with(words)).unwrap();
    assert!(place("STARTTLS") < place("AUTH") && place("AUTH") < place("MAIL"), "{heard:?}");
}

/// Whoever is in the way is told nothing.
///
/// Security case 103.
#[tokio::test]
async fn a_certificate_that_nobody_knows_is_not_spoken_to() {
    let mut office = office(Encryption::FromTheStart).await;
    let error = mail_to(&office, "smtps", "ada:canary@").send(&letter()).await.unwrap_err();
    assert!(error.source.to_string().contains("certificate"), "{:?}", error.source);
    assert_eq!((office.taken(), office.heard()), (None, Vec::new()));
}

/// 127.1 is this machine too, and not taken for it.
///
/// Security case 103.
#[tokio::test]
async fn an_account_is_told_no_other_machine_in_the_clear() {
    for encryption in [Encryption::None, Encryption::Offered] {
        let mut office = office(encryption).await;
        let url = format!("smtp://ada:canary@127.1:{}", office.address().port());
        let mail = SmtpMail::new(&Options::new(url.into(), sender())).unwrap();
        mail.send(&letter()).await.unwrap_err();
        let heard = office.heard();
        assert!(!heard.iter().any(|line| line.starts_with("AUTH")), "{heard:?}");
        assert!(heard[0].starts_with("EHLO") && office.taken().is_none(), "{heard:?}");
    }
}
