//! The account that somebody means by an address.

use domain::email::Email;
use ports::store::{Account, StoreError};

use crate::app::App;

/// The account that is meant by one of `names`, the nearest first. All are looked up whatever is found, so that none
/// takes longer.
pub(crate) async fn meant(app: &App, names: &[Email]) -> Result<Option<Account>, StoreError> {
    let mut meant = None;
    for name in names {
        let account = app.ports.accounts.by_email(name).await?;
        meant = meant.or(account);
    }
    Ok(meant)
}
