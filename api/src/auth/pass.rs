//! What somebody was let in by, and whether it is still good: asked at every request, and again and again
//! while a stream is open.

use domain::{
    account::Role,
    id::{FamilyId, UserId},
    time::Timestamp,
};
use ports::store::{StoreError, TokenHash};

use crate::app::App;

/// What somebody was let in by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Pass {
    /// For whom it speaks.
    pub(crate) user: UserId,
    /// What it hangs on, besides the account.
    pub(crate) hangs_on: HangsOn,
    /// When it ends whatever becomes of that.
    pub(crate) ends: Option<Timestamp>,
}

/// What ends a pass before its time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HangsOn {
    /// A sign-in.
    SignIn(FamilyId),
    /// One that nothing renews, of whoever was given a token for somebody: it is to leave nothing behind.
    Brief(FamilyId),
    /// An API key.
    Key(TokenHash),
    /// Nothing but the account: a guest's id, or an access token that does not tell its sign-in.
    Account,
}

impl Pass {
    /// That of a guest, for whom speaks whoever knows the id.
    pub(crate) fn of_guest(user: UserId) -> Self {
        Self { user, hangs_on: HangsOn::Account, ends: None }
    }

    /// What its user may do at `at`; none if it is no good any more. The store's answers hold for a minute.
    pub(crate) async fn role(&self, app: &App, at: Timestamp) -> Result<Option<Role>, StoreError> {
        if self.ends.is_some_and(|ends| ends <= at) {
            return Ok(None);
        }
        let (accounts, keys) = (app.ports.accounts.as_ref(), app.ports.api_keys.as_ref());
        match self.hangs_on {
            HangsOn::Key(hash) => {
                let holder = app.known_keys.holder(keys, hash, at).await?;
                return Ok(holder.map(|holder| holder.role));
            }
            HangsOn::SignIn(family) | HangsOn::Brief(family)
                if !app.sign_ins.go_on(accounts, family, at).await? =>
            {
                return Ok(None);
            }
            HangsOn::SignIn(_) | HangsOn::Brief(_) | HangsOn::Account => {}
        }
        app.standing.of(accounts, self.user, at).await
    }
}
