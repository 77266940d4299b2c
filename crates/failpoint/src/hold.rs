//! A test holds its own tasks at a place, and those of no other test in its process.

use std::sync::Arc;

use tokio::sync::watch;

tokio::task_local! {
    static HELD: Hold;
}

/// Holds tasks at one place until they are let go.
#[derive(Clone)]
pub struct Hold {
    name: &'static str,
    is_reached: Arc<watch::Sender<bool>>,
    is_over: Arc<watch::Sender<bool>>,
}

impl Hold {
    /// At the place called `name`.
    #[must_use]
    pub fn at(name: &'static str) -> Self {
        Self { name, is_reached: Arc::default(), is_over: Arc::default() }
    }

    /// `task`, which is held when it passes the place; not what it spawns.
    pub fn over<F: Future>(&self, task: F) -> impl Future<Output = F::Output> + use<F> {
        HELD.scope(self.clone(), task)
    }

    /// Waits until a task is held, or has been.
    pub async fn reached(&self) {
        is_true(&self.is_reached).await;
    }

    /// Lets go who is held, and holds nobody any more.
    pub fn let_go(&self) {
        self.is_over.send_replace(true);
    }
}

/// Passes the place called `name`.
pub(crate) async fn pass(name: &str) {
    let Ok(hold) = HELD.try_with(Clone::clone) else { return };
    if hold.name == name {
        hold.is_reached.send_replace(true);
        is_true(&hold.is_over).await;
    }
}

async fn is_true(value: &watch::Sender<bool>) {
    // An error says that nobody is left to change it; but `value` itself is.
    let _ = value.subscribe().wait_for(|value| *value).await;
}

#[cfg(test)]
mod tests {
    use futures_util::{FutureExt, future::join};

    use super::*;

    #[tokio::test]
    async fn only_the_tasks_of_a_hold_are_held_and_only_at_its_place() {
        let hold = Hold::at("a");
        assert!(crate::pass("a").now_or_never().is_some(), "of nobody's");
        assert!(hold.over(crate::pass("b")).now_or_never().is_some(), "elsewhere");
        assert!(hold.reached().now_or_never().is_none());
        let mut waiting = Box::pin(hold.over(crate::pass("a")));
        assert!((&mut waiting).now_or_never().is_none());
        hold.reached().await;
        hold.let_go();
        join(waiting, hold.over(crate::pass("a"))).await;
    }
}
