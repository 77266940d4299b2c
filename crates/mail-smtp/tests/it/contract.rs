//! The promises of the port.

use std::{sync::Arc, time::Duration};

use testkit::{
    contract::mail::MailUnderTest,
    post_office::{Manners, PostOffice},
};

use crate::{mail_to, mail_within};

async fn under_test() -> MailUnderTest {
    let office = PostOffice::open(Manners::default()).await;
    let impatient = mail_within(Duration::from_secs(1), format!("smtp://{}", office.address()));
    let mail = Arc::new(mail_to(&office, "smtp", ""));
    MailUnderTest { mail, impatient: Arc::new(impatient), office }
}

testkit::mail_contract!(super::under_test);
