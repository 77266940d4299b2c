//! The promises of the port, kept by this adapter, and what only it promises.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking, their fixtures too")]

mod contract;
mod encryption;
mod letters;

use std::time::Duration;

use domain::{email::Email, mailbox::Mailbox};
use mail_smtp::{Options, SmtpMail};
use ports::mail::Letter;
use testkit::post_office::PostOffice;

/// Longer than anything takes here, but for what never ends.
const PATIENCE: Duration = Duration::from_secs(10);

/// Letters to `office`, by `scheme` and account.
fn mail_to(office: &PostOffice, scheme: &str, account: &str) -> SmtpMail {
    mail_within(PATIENCE, format!("{scheme}://{account}{}", office.address()))
}

/// Letters to the server at `url`, each of which may take so long.
fn mail_within(patience: Duration, url: String) -> SmtpMail {
    let options = Options::new(url.into(), sender());
    SmtpMail::new(&Options { patience, ..options }).unwrap()
}

fn sender() -> Mailbox {
    Mailbox::parse("Sluice, of ours <sluice@example.org>").unwrap()
}

fn letter() -> Letter {
    let to = Email::parse("ada@example.org").unwrap();
    Letter { to, subject: "Hello".to_owned(), text: "Hello, Ada.\n".to_owned() }
}
