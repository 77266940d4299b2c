//! The session vocabulary: a session is a chat that callers name themselves. In `snake_case`; without
//! an account where guests are allowed.

pub(crate) mod chat;
pub(crate) mod sse;

use domain::{
    account::Role,
    chat::Chat,
    id::{ChatId, UserId},
};
use serde::Deserialize;

use crate::{
    app::App,
    counted::{Counted, count},
    error::{ApiError, Faults},
    extract::{Caller, ClientAddress},
    guests,
};

const MAX_NAME_BYTES: usize = 200;

/// Which session of whom, in the caller's own names.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct SessionName {
    session_id: String,
    user_id: String,
}

impl SessionName {
    fn check(self, faults: &mut Faults) -> Option<Self> {
        for (pointer, name) in [("/session_id", &self.session_id), ("/user_id", &self.user_id)] {
            if name.is_empty() || name.len() > MAX_NAME_BYTES || name.contains('\0') {
                let detail = format!("must be 1 to {MAX_NAME_BYTES} bytes without U+0000");
                faults.add(pointer, detail);
            }
        }
        faults.is_empty().then_some(self)
    }

    /// The account and the chat that are meant; both are there afterwards. For who may only read, none is made.
    async fn open(
        &self,
        app: &App,
        caller: Caller,
        from: ClientAddress,
    ) -> Result<(UserId, ChatId), ApiError> {
        let (owner, chat) = match caller {
            // One program may speak for many people of its own: their names tell their sessions apart.
            Caller::User(user) => {
                let name = format!("{}\0{}", self.user_id, self.session_id);
                (user.id, ChatId::named(user.id, &name))
            }
            Caller::Anybody => {
                let owner = self.guest(app, from).await?;
                (owner, ChatId::named(owner, &self.session_id))
            }
        };
        // A thread of the same owner is a session too.
        if let Ok(thread) = self.session_id.parse()
            && app.ports.chats.owner(thread).await? == Some(owner)
        {
            return Ok((owner, thread));
        }
        if app.ports.chats.find(owner, chat).await?.is_none() {
            if caller.reads_only() {
                return Err(ApiError::NotFound);
            }
            let at = app.now();
            count(app, owner, Counted::Chats, at).await?;
            let title = String::new();
            let new = Chat { id: chat, owner, title, created_at: at, updated_at: at };
            app.audit(Some(owner), "chat.created", chat).await?;
            app.ports.chats.create(&new).await?;
            app.announce_chat(&new);
        }
        Ok((owner, chat))
    }

    /// The guest who is meant: one whose id is given, or always the same one for a name.
    async fn guest(&self, app: &App, from: ClientAddress) -> Result<UserId, ApiError> {
        let at = app.now();
        let accounts = app.ports.accounts.as_ref();
        if let Ok(id) = self.user_id.parse()
            && let Some(role) = app.standing.of(accounts, id, at).await?
        {
            return if role == Role::Guest { Ok(id) } else { Err(ApiError::NotFound) };
        }
        let id = UserId::of_guest(&self.user_id);
        if accounts.by_id(id).await?.is_none() {
            guests::make(app, from, id, &self.user_id, at).await?;
        }
        match app.standing.of(accounts, id, at).await? {
            Some(Role::Guest) => Ok(id),
            _ => Err(ApiError::NotFound),
        }
    }
}
