//! The promises of the port.

use std::sync::Arc;

use testkit::{
    contract::mail::MailUnderTest,
    post_office::{Manners, PostOffice},
};

use crate::mail_to;

async fn under_test() -> MailUnderTest {
    let office = PostOffice::open(Manners::default()).await;
    MailUnderTest { mail: Arc::new(mail_to(&office, "smtp", "")), office }
}

testkit::mail_contract!(super::under_test);
