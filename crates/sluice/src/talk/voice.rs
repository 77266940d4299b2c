//! Whom questions are asked for, and answers shown to.
//!
//! A token of an account, or a key of one, speaks for it. The operators' token speaks for nobody: with it a
//! brief token is asked for, that of whom the one-time link signs in where nobody else is meant, and another one
//! when that has ended.

use boot::failure::{Denied, NotFound};
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::{operate::Client, serve::LOCAL_ADMIN};

/// Somebody who asks or reads.
pub(super) struct Voice {
    speaks: Client,
    /// Who gives the next token, and for whom.
    source: Option<(Client, Value)>,
}

impl Voice {
    /// That of whoever holds the token of `client`.
    pub(super) async fn of_asker(client: Client) -> anyhow::Result<Self> {
        match client.send(Method::GET, "/api/auth/me", None).await {
            Ok(_) => Ok(Self { speaks: client, source: None }),
            Err(error) if error.is::<Denied>() => {
                let whom = json!({ "email": LOCAL_ADMIN });
                let voice = Self::given(client, whom).await;
                voice.map_err(|error| {
                    if !error.is::<Denied>() && !error.is::<NotFound>() {
                        return error;
                    }
                    Denied("this token asks for nobody: set SLUICE_TOKEN to that of an account, or a key of one".into()).into()
                })
            }
            Err(error) => Err(error),
        }
    }

    /// One that may read the answer `id`: its own user's, or that which the operator `client` is given.
    pub(super) async fn of_reader(client: Client, id: &str) -> anyhow::Result<Self> {
        let own = client.send(Method::GET, &format!("/api/generations/{id}"), None).await;
        let Err(none) = own else { return Ok(Self { speaks: client, source: None }) };
        let job = client.send(Method::GET, &format!("/api/ops/generations/{id}"), None).await;
        // Whoever is no operator is told that there is none of theirs.
        let is_none = none.is::<NotFound>() && job.as_ref().is_err_and(anyhow::Error::is::<Denied>);
        let job = if is_none { return Err(none) } else { job? };
        Self::given(client, json!({ "userId": job["userId"] })).await
    }

    async fn given(source: Client, whom: Value) -> anyhow::Result<Self> {
        let speaks = token(&source, &whom).await?;
        Ok(Self { speaks, source: Some((source, whom)) })
    }

    /// What is answered to a request; with a new token where the old one has ended.
    pub(super) async fn send(
        &mut self,
        method: Method,
        path: &str,
        body: Option<&Value>,
    ) -> anyhow::Result<Value> {
        match self.speaks.send(method.clone(), path, body).await {
            Err(error) if error.is::<Denied>() && self.renew().await? => {
                self.speaks.send(method, path, body).await
            }
            answered => answered,
        }
    }

    /// The stream at `path` from behind `seen`; none where it is over.
    pub(super) async fn stream(
        &mut self,
        path: &str,
        seen: u64,
    ) -> anyhow::Result<Option<Response>> {
        match self.speaks.stream(path, seen).await {
            Err(error) if error.is::<Denied>() && self.renew().await? => {
                self.speaks.stream(path, seen).await
            }
            opened => opened,
        }
    }

    /// Takes a new token, if somebody gives one.
    async fn renew(&mut self) -> anyhow::Result<bool> {
        let Some((source, whom)) = &self.source else { return Ok(false) };
        self.speaks = token(source, whom).await?;
        Ok(true)
    }
}

async fn token(source: &Client, whom: &Value) -> anyhow::Result<Client> {
    let given = source.send(Method::POST, "/api/ops/users/token", Some(whom)).await?;
    Ok(source.with(given["accessToken"].as_str().unwrap_or_default().into()))
}
