//! The events of an answer, over as many connections as it takes.

use std::{cell::Cell, rc::Rc, time::Duration};

use boot::failure::Unavailable;
use futures_util::{StreamExt, stream::BoxStream};
use reqwest::Response;
use serde_json::Value;
use tokio::time::{Instant, sleep};

use super::voice::Voice;

/// How long a Sluice that does not answer is asked again: longer than one takes to start.
const PATIENCE: Duration = Duration::from_mins(2);

/// How long until it is asked again.
const AGAIN: Duration = Duration::from_millis(500);

/// One event.
pub(super) struct Event {
    /// Its number.
    pub(super) number: u64,
    /// What it says.
    pub(super) data: Value,
}

/// An answer that is followed.
pub(super) struct Answer<'a> {
    voice: &'a mut Voice,
    path: String,
    seen: u64,
    is_over: bool,
    connection: Option<Connection>,
    lost: Rc<Cell<Option<Instant>>>,
}

/// Since when the connection of an answer is lost, and looked for.
#[derive(Clone)]
pub(super) struct Loss(Rc<Cell<Option<Instant>>>);

impl Loss {
    /// Whether it is.
    pub(super) fn is_there(&self) -> bool {
        self.0.get().is_some()
    }
}

impl<'a> Answer<'a> {
    /// The answer `id`, from its beginning.
    pub(super) fn new(voice: &'a mut Voice, id: &str) -> Self {
        let path = format!("/api/generations/{id}/stream");
        Self { voice, path, seen: 0, is_over: false, connection: None, lost: Rc::default() }
    }

    /// Tells of the loss of its connection, also while the next event is waited for.
    pub(super) fn loss(&self) -> Loss {
        Loss(Rc::clone(&self.lost))
    }

    /// The next event; none behind the last one.
    pub(super) async fn next(&mut self) -> anyhow::Result<Option<Event>> {
        while !self.is_over {
            let Some(connection) = &mut self.connection else {
                self.connect().await?;
                continue;
            };
            match connection.next().await {
                Some(event) if event.number > self.seen => {
                    self.seen = event.number;
                    self.is_over = event.data["type"] == "done";
                    return Ok(Some(event));
                }
                // Seen before.
                Some(_) => {}
                None => {
                    self.connection = None;
                    self.lost.set(Some(Instant::now()));
                }
            }
        }
        Ok(None)
    }

    async fn connect(&mut self) -> anyhow::Result<()> {
        if self.lost.get().is_some() {
            sleep(AGAIN).await;
        }
        let lost = self.lost.get().unwrap_or_else(Instant::now);
        self.lost.set(Some(lost));
        match self.voice.stream(&self.path, self.seen).await {
            Ok(Some(response)) => {
                self.connection = Some(Connection::new(response));
                self.lost.set(None);
            }
            Ok(None) => self.is_over = true,
            Err(error) if error.is::<Unavailable>() && lost.elapsed() < PATIENCE => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }
}

/// One connection.
struct Connection {
    body: BoxStream<'static, Option<Vec<u8>>>,
    /// What was read and is no whole event.
    rest: Vec<u8>,
}

impl Connection {
    fn new(response: Response) -> Self {
        let body = response.bytes_stream().map(|bytes| bytes.ok().map(|bytes| bytes.to_vec()));
        Self { body: body.boxed(), rest: Vec::new() }
    }

    /// The next whole event; none where the connection ends or breaks.
    async fn next(&mut self) -> Option<Event> {
        loop {
            while let Some(end) = self.rest.windows(2).position(|two| two == b"\n\n") {
                let block: Vec<u8> = self.rest.drain(..end + 2).collect();
                if let Some(event) = event(&String::from_utf8_lossy(&block)) {
                    return Some(event);
                }
            }
            let more = self.body.next().await.flatten()?;
            self.rest.extend(more);
        }
    }
}

/// What a block says, if it is more than a sign of life.
fn event(block: &str) -> Option<Event> {
    let field = |name: &str| block.lines().find_map(|line| line.strip_prefix(name));
    let number = field("id:")?.trim().parse().ok()?;
    let data = serde_json::from_str(field("data:")?).ok()?;
    Some(Event { number, data })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_of_life_is_no_event() {
        assert!(event(": hb\n\n").is_none());
        let event = event("id: 7\ndata: {\"type\":\"delta\",\"delta\":\"a\\nb\"}\n\n").unwrap();
        assert_eq!((event.number, event.data["delta"].as_str()), (7, Some("a\nb")));
    }
}
