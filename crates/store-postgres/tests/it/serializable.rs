//! The same promises on a server that keeps transactions apart as strictly as can be unless somebody says otherwise: of
//! two that touch the same rows at once one would fail (`serialization_failure`), which nobody tries again.

use std::sync::Arc;

use testkit::contract::store::StoreUnderTest;

use crate::Place;

testkit::generations_contract!(crate::serializable::store);
testkit::ledger_contract!(crate::serializable::store);
testkit::pools_contract!(crate::serializable::store);

async fn store() -> StoreUnderTest {
    let place = Place::serializable().await;
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
