//! One line per port.

use std::sync::Arc;

use testkit::contract::store::StoreUnderTest;

use crate::Place;

testkit::accounts_contract!(crate::contract::store);
testkit::api_keys_contract!(crate::contract::store);
testkit::chats_contract!(crate::contract::store);
testkit::generations_contract!(crate::contract::store);
testkit::progress_contract!(crate::contract::store);
testkit::jobs_contract!(crate::contract::store);
testkit::outbox_contract!(crate::contract::store);
testkit::ledger_contract!(crate::contract::store);
testkit::pools_contract!(crate::contract::store);

async fn store() -> StoreUnderTest {
    let place = Place::new().await;
    let store = Arc::new(place.open().await);
    StoreUnderTest {
        accounts: store.clone(),
        api_keys: store.clone(),
        chats: store.clone(),
        generations: store.clone(),
        progress: store.clone(),
        jobs: store.clone(),
        outbox: store.clone(),
        ledger: store.clone(),
        pools: store,
        guard: Box::new(place),
    }
}
