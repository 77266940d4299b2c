//! Letters with links in them: who wants one, and what it says.

use domain::{account::Registration, email::Email};
use ports::{
    mail::{Letter, Mail},
    store::Account,
};
use tokio::sync::mpsc;

use crate::{
    app::App,
    auth::{LASTS_MINUTES, is_reserved},
    error::ApiError,
};

/// How many addresses may wait for a link to be mailed. Who comes then is told to come again.
pub(crate) const WAITING: usize = 64;

/// Whom a link was asked for.
#[derive(Debug)]
pub(crate) struct Addressee {
    /// Where the letter goes.
    pub(crate) email: Email,
    /// The accounts that may be meant by it.
    pub(crate) names: Vec<Email>,
}

/// Where the handler leaves those whom links were asked for.
#[derive(Debug)]
pub(crate) struct Asked(mpsc::Sender<Addressee>);

impl Asked {
    /// The other end goes to the postman.
    pub(crate) fn new() -> (Self, mpsc::Receiver<Addressee>) {
        let (sender, receiver) = mpsc::channel(WAITING);
        (Self(sender), receiver)
    }

    /// Has a link mailed, if one is due, without waiting for it.
    pub(crate) fn leave(&self, whom: Addressee) -> Result<(), ApiError> {
        self.0.try_send(whom).map_err(|_| ApiError::Busy)
    }
}

/// Who carries letters, and where their links lead; none where no letters are sent.
pub(crate) fn post(app: &App) -> Option<(&dyn Mail, &str)> {
    app.ports.mail.as_deref().zip(app.config.public_url.as_deref())
}

/// What a link is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    /// To choose another password.
    Password,
    /// To make an account.
    Account,
}

/// The letter that is due to whoever reads those to `email`, which is the address of `account`, if there is one. None if
/// that one is called otherwise: it may be somebody else's, and there is to be no second one.
pub(crate) fn due(app: &App, email: &Email, account: Option<&Account>) -> Option<Letter> {
    let (_, public_url) = post(app)?;
    if account.is_some_and(|account| account.user.email != *email) {
        return None;
    }
    let purpose = purpose(account, app.config.registration).filter(|_| !is_reserved(app, email))?;
    let link = format!("{public_url}/#/link/{}", app.links.issue(email, account, app.now()));
    Some(letter(purpose, email, public_url, &link))
}

fn purpose(account: Option<&Account>, registration: Registration) -> Option<Purpose> {
    match (account, registration) {
        (Some(account), _) => (!account.user.disabled).then_some(Purpose::Password),
        (None, Registration::ByMail) => Some(Purpose::Account),
        (None, Registration::Open | Registration::Closed) => None,
    }
}

fn letter(purpose: Purpose, to: &Email, public_url: &str, link: &str) -> Letter {
    let (subject, wish, means) = match purpose {
        Purpose::Password => ("Choose a new password", "a new password", "lets you choose one"),
        Purpose::Account => ("Make your account", "an account", "makes one"),
    };
    let text = format!(
        "Hello,\n\n\
         somebody, we hope you, asked for {wish} at {public_url} for {to}.\n\
         This link {means}. It is good for {LASTS_MINUTES} minutes, and once:\n\n\
         {link}\n\n\
         If it was not you, do nothing: all stays as it is.\n"
    );
    Letter { to: to.clone(), subject: subject.to_owned(), text }
}

#[cfg(test)]
mod tests {
    use domain::account::User;
    use testkit::{clock::epoch, sample};

    use super::*;

    #[test]
    fn a_link_is_for_who_has_an_account_or_may_make_one() {
        use Registration::{ByMail, Closed, Open};
        let user = sample::user(epoch());
        let account =
            |disabled| Account { user: User { disabled, ..user.clone() }, password_hash: None };
        let (good, disabled) = (account(false), account(true));
        for (account, registration, expected) in [
            (Some(&good), Open, Some(Purpose::Password)),
            (Some(&good), Closed, Some(Purpose::Password)),
            (Some(&good), ByMail, Some(Purpose::Password)),
            (Some(&disabled), Open, None),
            (Some(&disabled), ByMail, None),
            (None, Open, None),
            (None, Closed, None),
            (None, ByMail, Some(Purpose::Account)),
        ] {
            assert_eq!(purpose(account, registration), expected, "{account:?} {registration:?}");
        }
    }

    #[test]
    fn a_letter_says_who_gets_it_and_where_its_link_leads() {
        let to = Email::parse("ada@example.org").unwrap();
        let link = "https://chat.example.org/#/link/abc";
        let said = letter(Purpose::Password, &to, "https://chat.example.org", link);
        insta::assert_snapshot!(format!("{}\n\n{}", said.subject, said.text));
    }
}
