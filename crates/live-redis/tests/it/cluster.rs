//! The same promises on a cluster.

use testkit::contract::live::LiveUnderTest;

use crate::{contract::live_at, installation::url};

testkit::log_writer_contract!(crate::cluster::live);
testkit::event_log_contract!(crate::cluster::live);
testkit::cancels_contract!(crate::cluster::live);
testkit::key_pool_contract!(crate::cluster::live);
testkit::limits_contract!(crate::cluster::live);
testkit::controls_contract!(crate::cluster::live);
testkit::notices_contract!(crate::cluster::live);

async fn live() -> LiveUnderTest {
    live_at(url("TEST_REDIS_CLUSTER_URL")).await
}
