//! Brings wishes to stop to the attempts they are for.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use domain::id::GenerationId;
use futures_util::StreamExt;
use ports::live::Cancels;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// The pause before listening again. Wishes missed meanwhile are learned from the log.
const PAUSE: Duration = Duration::from_secs(1);

/// Which attempts are under way. Clones share it.
#[derive(Debug, Clone, Default)]
pub(crate) struct Routes(Arc<Mutex<HashMap<GenerationId, Target>>>);

/// Two copies of a job may be worked on side by side for a moment, hence the count.
#[derive(Debug, Default)]
struct Target {
    token: CancellationToken,
    users: usize,
}

/// One attempt that wants to hear of a wish to stop.
#[derive(Debug)]
pub(crate) struct Route {
    routes: Routes,
    generation: GenerationId,
    token: CancellationToken,
}

impl Routes {
    /// Wishes for `generation` cancel the route's token from now on, until it is dropped.
    pub(crate) fn add(&self, generation: GenerationId) -> Route {
        let mut targets = self.lock();
        let target = targets.entry(generation).or_default();
        target.users += 1;
        Route { routes: self.clone(), generation, token: target.token.clone() }
    }

    /// Listens to `cancels` for ever.
    pub(crate) async fn listen(&self, cancels: &dyn Cancels) {
        loop {
            match cancels.listen().await {
                Ok(mut wishes) => {
                    while let Some(generation) = wishes.next().await {
                        self.cancel(generation);
                    }
                }
                Err(error) => tracing::warn!(%error, "cannot hear wishes to stop"),
            }
            sleep(PAUSE).await;
        }
    }

    fn cancel(&self, generation: GenerationId) {
        if let Some(target) = self.lock().get(&generation) {
            target.token.cancel();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<GenerationId, Target>> {
        // Nothing panics while holding it.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Route {
    /// Canceled when its user wishes to stop.
    pub(crate) fn token(&self) -> &CancellationToken {
        &self.token
    }
}

impl Drop for Route {
    fn drop(&mut self) {
        let mut targets = self.routes.lock();
        if let Some(target) = targets.get_mut(&self.generation) {
            target.users -= 1;
            if target.users == 0 {
                targets.remove(&self.generation);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wish_reaches_every_copy_and_nobody_else() {
        let at = "2026-11-21T08:00:00Z".parse().unwrap();
        let (one, other) = (GenerationId::generate(at), GenerationId::generate(at));
        let routes = Routes::default();
        let copies = [routes.add(one), routes.add(one)];
        let bystander = routes.add(other);
        routes.cancel(one);
        assert!(copies.iter().all(|route| route.token().is_cancelled()));
        assert!(!bystander.token().is_cancelled());
        drop((copies, bystander));
        assert!(routes.lock().is_empty());
        assert!(!routes.add(one).token().is_cancelled(), "a later attempt begins anew");
    }
}
