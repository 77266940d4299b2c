//! What somebody who is not signed in can do.

use serde::Serialize;
use utoipa::ToSchema;

use super::words;

/// What somebody who is not signed in can do, besides signing in.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(crate) struct OptionsShape {
    /// Who makes accounts: `open`, whoever wants one; `mail`, whoever follows a link that is mailed to them;
    /// `closed`, administrators alone.
    #[schema(schema_with = words::registration)]
    pub(crate) registration: &'static str,
    /// Whether links are mailed, to choose another password or to make an account.
    pub(crate) links: bool,
}
