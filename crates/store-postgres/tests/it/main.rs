//! The promises of the store ports, kept by PostgreSQL, and what only it has to promise.
#![expect(clippy::unwrap_used, reason = "tests fail by panicking")]

mod contract;
mod copies;
mod place;
mod processes;
mod schema;
mod serializable;
mod sign_ins;
mod silence;
mod unreadable;

use domain::{chat::Chat, generation::Generation, id::UserId};
use place::Place;
use ports::store::{Accounts, Chats, NewGeneration};
use store_postgres::PostgresStore;
use testkit::{clock::epoch, sample};

/// A chat of a new user.
async fn chat(store: &PostgresStore) -> Chat {
    let user = sample::user(epoch());
    let chat = sample::chat(user.id, epoch());
    Accounts::create(store, sample::account(user)).await.unwrap();
    Chats::create(store, &chat).await.unwrap();
    chat
}

/// A generation to be admitted into `chat`.
fn new_generation(owner: UserId, chat: &Chat) -> NewGeneration {
    sample::new_generation(owner, chat.id, "Hello?", epoch())
}

/// The same, already under way.
async fn queued(store: &PostgresStore) -> Generation {
    use ports::store::Generations;
    let chat = chat(store).await;
    let new = new_generation(chat.owner, &chat);
    assert!(store.admit(&new, epoch()).await.unwrap().is_created());
    new.generation
}
