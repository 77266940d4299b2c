//! Closed sets of words, as the description tells them.

use domain::{
    account::{Registration, Role},
    chat::Speaker,
    generation::Status,
};
use utoipa::openapi::schema::{Object, ObjectBuilder, Type};

/// Where a generation is.
pub(crate) fn status() -> Object {
    one_of(Status::ALL.map(Status::as_str))
}

/// What an account may do.
pub(crate) fn role() -> Object {
    let roles = [Role::Guest, Role::User, Role::Viewer, Role::Operator, Role::Admin];
    one_of(roles.map(Role::as_str))
}

/// Who makes accounts.
pub(crate) fn registration() -> Object {
    let all = [Registration::Open, Registration::ByMail, Registration::Closed];
    one_of(all.map(Registration::as_str))
}

/// Who speaks.
pub(crate) fn speaker() -> Object {
    one_of([Speaker::User, Speaker::Assistant, Speaker::System].map(Speaker::as_str))
}

fn one_of(words: impl IntoIterator<Item = &'static str>) -> Object {
    ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).build()
}
