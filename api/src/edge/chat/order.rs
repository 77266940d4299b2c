//! Which generation of a chat a page is told next.

use std::time::Duration;

use domain::{generation::Generation, time::Timestamp};
use uuid::Uuid;

use super::{ChatViewer, Seen, Source, Viewer};
use crate::error::ApiError;

/// How far the clocks of processes may be apart that accept generations of one chat.
const SLACK: Duration = Duration::from_mins(1);

/// How many generations are looked up at once.
const LOOKED_UP: u32 = 50;

/// Where a generation stands in its chat.
type Place = (Timestamp, Uuid);

fn place(generation: &Generation) -> Place {
    (generation.created_at, generation.id.as_uuid())
}

impl ChatViewer {
    /// Begins with what a page is told that has seen what `after` says. A place in another chat is none here.
    pub(super) async fn turn_to_first(&mut self, after: Option<Seen>) -> Result<(), ApiError> {
        let now = self.since;
        match after {
            Some(Seen::Event(id, seq)) => {
                let found = self.app.ports.generations.find(self.owner, id).await?;
                match found.filter(|found| found.chat_id == self.chat) {
                    Some(found) => self.go_on(found, seq).await,
                    None => self.begin_at(now).await,
                }
            }
            // By a clock that is ahead of this one, a page has not come yet.
            Some(Seen::NothingSince(came)) => self.begin_at(came.min(now)).await,
            None => self.begin_at(now).await,
        }
    }

    /// Everything accepted before `seen` was told, and `seen` itself up to `seq`.
    async fn go_on(&mut self, seen: Generation, seq: u64) -> Result<(), ApiError> {
        self.seen = Seen::Event(seen.id, seq);
        self.since = seen.created_at;
        let here = place(&seen);
        // One that is not over may have come there late, by a clock that is behind.
        let was_told =
            |earlier: &Generation| place(earlier) < here && earlier.state.status.is_terminal();
        self.note(Some(here), was_told).await?;
        self.tell(seen, seq).await
    }

    /// Everything that was over when the page came was told, and nothing that was under way, however long it
    /// had been: nor what ends while it is looked for.
    async fn begin_at(&mut self, came: Timestamp) -> Result<(), ApiError> {
        let generations = &self.app.ports.generations;
        let unfinished = generations.unfinished_in_chat(self.owner, self.chat).await?;
        // What is under way may be noted as over before `came`: an end says its time, and is noted a little later.
        let oldest = unfinished.first().filter(|oldest| oldest.created_at <= came);
        self.seen = oldest.map_or(Seen::NothingSince(came), |oldest| Seen::Event(oldest.id, 0));
        self.since = oldest.map_or(came, |oldest| oldest.created_at);
        let was_under_way =
            |found: &Generation| unfinished.iter().any(|unfinished| unfinished.id == found.id);
        // What was over by then was there before.
        let end = Some((came, Uuid::max()));
        self.note(end, |found| was_over(found, came) && !was_under_way(found)).await?;
        self.turn_to_next().await?;
        Ok(())
    }

    /// Begins to tell of the next generation. Answers whether there is one.
    pub(super) async fn turn_to_next(&mut self) -> Result<bool, ApiError> {
        let mut page_behind = Some(self.beginning());
        while let Some(behind) = page_behind {
            let page = self.look_up(behind).await?;
            page_behind = next_page(&page, None);
            let next = page.into_iter().find(|found| !self.told.contains_key(&found.id));
            if let Some(next) = next {
                self.tell(next, 0).await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Begins to tell of `generation` behind `after`.
    async fn tell(&mut self, generation: Generation, after: u64) -> Result<(), ApiError> {
        let (id, at) = (generation.id, generation.created_at);
        let source = Source::first(&self.app, generation, after).await?;
        self.told.insert(id, at);
        self.since = self.since.max(at);
        let since = self.since - 2 * SLACK;
        self.told.retain(|_, at| *at > since);
        self.viewer = source.map(|source| {
            let voice = (self.telling)(id);
            Viewer::among(self.app.clone(), (self.owner, id), after, source, voice)
        });
        Ok(())
    }

    /// Notes what was told before this page came, which all lies before `end`.
    async fn note(
        &mut self,
        end: Option<Place>,
        was_told: impl Fn(&Generation) -> bool,
    ) -> Result<(), ApiError> {
        let mut page_behind = Some(self.beginning());
        while let Some(behind) = page_behind {
            let page = self.look_up(behind).await?;
            page_behind = next_page(&page, end);
            let told = page.iter().filter(|found| was_told(found));
            self.told.extend(told.map(|told| (told.id, told.created_at)));
        }
        Ok(())
    }

    /// Behind it is looked for what was not told.
    fn beginning(&self) -> Place {
        (self.since - SLACK, Uuid::nil())
    }

    // By `&mut`, since a viewer can be sent between threads and not be shared by them.
    async fn look_up(&mut self, behind: Place) -> Result<Vec<Generation>, ApiError> {
        let generations = &self.app.ports.generations;
        Ok(generations.in_chat(self.owner, self.chat, behind, LOOKED_UP).await?)
    }
}

/// Whether `generation` had ended before `came`. One that ended since may not have been told: rather once too
/// often than never.
fn was_over(generation: &Generation, came: Timestamp) -> bool {
    generation.finished_at.is_some_and(|finished| finished < came)
}

/// Behind which place the page after `page` begins, if there may be one with something before `end`.
fn next_page(page: &[Generation], end: Option<Place>) -> Option<Place> {
    let is_full = page.len() == LOOKED_UP as usize;
    let last = page.last().filter(|_| is_full).map(place)?;
    end.is_none_or(|end| last < end).then_some(last)
}

#[cfg(test)]
mod tests {
    use domain::id::{ChatId, UserId};
    use testkit::{clock::epoch, sample};

    use super::*;

    fn accepted(seconds: u32) -> Generation {
        let at = epoch() + Duration::from_secs(seconds.into());
        let (owner, chat) = (UserId::generate(at), ChatId::generate(at));
        sample::generation(owner, &sample::message(chat, "Hello?", at), at)
    }

    #[test]
    fn what_ends_after_a_page_came_is_told_to_it() {
        let came = epoch() + Duration::from_secs(10);
        for (finished, over) in
            [(None, false), (Some(9), true), (Some(10), false), (Some(11), false)]
        {
            let finished_at = finished.map(|seconds| epoch() + Duration::from_secs(seconds));
            let generation = Generation { finished_at, ..accepted(1) };
            assert_eq!(was_over(&generation, came), over, "{finished:?}");
        }
    }

    #[test]
    fn pages_end_with_one_that_is_not_full_or_that_reaches_the_end() {
        let page: Vec<_> = (0..LOOKED_UP).map(accepted).collect();
        let place_of = |index: usize| place(&page[index]);
        let last = page.len() - 1;
        let later = place(&accepted(LOOKED_UP));
        for (length, end, next) in [
            (0, None, None),
            (last, None, None),
            (page.len(), None, Some(place_of(last))),
            (page.len(), Some(later), Some(place_of(last))),
            (page.len(), Some(place_of(last)), None),
            (page.len(), Some(place_of(3)), None),
        ] {
            assert_eq!(next_page(&page[..length], end), next, "{length}, {end:?}");
        }
    }
}
