//! Exchanges and queues, declared before they are used; those that are there already are left alone, and
//! those that this account may not declare are left to a service that may.

use std::{
    collections::{HashMap, HashSet},
    sync::{Arc, Mutex, PoisonError},
};

use lapin::Channel;

use crate::{
    declare::{declare, declare_waiting, look},
    error::Trouble,
    line::Line,
    memory::Memory,
    place::{Place, Waiting},
};

/// What this process knows to be declared.
#[derive(Default)]
pub(crate) struct Topology {
    /// Queues by name.
    declared: Mutex<HashSet<String>>,
    /// What is left to others, and what is missing.
    pub(crate) memory: Memory,
    /// Whose turn it is to declare a queue, by its name: all others wait for the outcome.
    turns: Mutex<HashMap<String, Arc<tokio::sync::Mutex<()>>>>,
}

impl Topology {
    /// Declares `place`, and `waiting` before it, unless that was done. What this account may not declare
    /// has to be there.
    pub(crate) async fn ensure(
        &self,
        line: &Line,
        place: &Place,
        waiting: Option<&Waiting>,
    ) -> Result<(), Trouble> {
        let names = (place.exchange, &*place.queue);
        self.make(line, names, async |channel| declare(channel, place).await).await?;
        let Some(waiting) = waiting else { return Ok(()) };
        let names = (&*waiting.exchange, &*waiting.queue);
        self.make(line, names, async |channel| declare_waiting(channel, place, waiting).await).await
    }

    /// Declares something, unless that was done; if this account may not, fails unless `exchange` and `queue` are there.
    async fn make(
        &self,
        line: &Line,
        (exchange, queue): (&str, &str),
        declare: impl AsyncFnOnce(&Channel) -> Result<(), Trouble>,
    ) -> Result<(), Trouble> {
        if self.knows(queue) {
            return Ok(());
        }
        let turn = Arc::clone(locked(&self.turns).entry(queue.to_owned()).or_default());
        let _turn = turn.lock().await;
        if self.knows(queue) {
            return Ok(());
        }
        match self.memory.is_there(queue) {
            Some(true) => {}
            Some(false) => return Err(Trouble::Missing(queue.to_owned())),
            None => match declare_or_find(line, (exchange, queue), declare).await {
                Ok(Made::Ours) => {}
                Ok(Made::Others) => self.memory.note(queue, true),
                Err(trouble) => {
                    if trouble.is_missing() {
                        self.memory.note(queue, false);
                    }
                    return Err(trouble);
                }
            },
        }
        locked(&self.declared).insert(queue.to_owned());
        Ok(())
    }

    fn knows(&self, queue: &str) -> bool {
        locked(&self.declared).contains(queue)
    }

    /// These are to be declared again: they may have been deleted. What else there is needs not suffer for it.
    pub(crate) fn forget(&self, place: &Place, waiting: Option<&Waiting>) {
        let mut declared = locked(&self.declared);
        declared.remove(&place.queue);
        if let Some(waiting) = waiting {
            declared.remove(&waiting.queue);
        }
    }

    /// Everything is to be declared again: the broker may be another.
    pub(crate) fn forget_all(&self) {
        locked(&self.declared).clear();
        self.memory.clear();
    }
}

fn locked<T>(of: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    // Nothing panics while holding one.
    of.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Who declared something.
enum Made {
    Ours,
    Others,
}

/// Uses channels of its own: the broker closes the channel of who declares something that is there with
/// other settings, or asks for what is not there.
async fn declare_or_find(
    line: &Line,
    (exchange, queue): (&str, &str),
    declare: impl AsyncFnOnce(&Channel) -> Result<(), Trouble>,
) -> Result<Made, Trouble> {
    match declare(&line.channel().await?).await {
        Err(trouble) if trouble.is_refused() => {
            tracing::debug!(queue, "left to a service that may declare it");
            look(&line.channel().await?, exchange, queue).await?;
            Ok(Made::Others)
        }
        done => done.map(|()| Made::Ours),
    }
}
