//! What the live side holds when all is done.

use cluster::servers::Redis;
use domain::event::Event;
use serde_json::Value;

use super::leavings::is_of;
use crate::stack::ask_redis;

/// Answers one line of JSON for each list of names, in the order in which they are read below.
const NAMES: &str = r"
local function lines(names) return cjson.encode(#names > 0 and names or { '' }) end
local everlasting, places, streams, out = {}, {}, {}, {}
local time = redis.call('TIME')
for _, key in ipairs(redis.call('KEYS', '*')) do
  if redis.call('PTTL', key) == -1 then everlasting[#everlasting + 1] = key end
  if key:match('^user:.*:inflight') then places[#places + 1] = key end
  if key:match('^user:.*:streams$') then streams[#streams + 1] = key end
  if key:match('^pool:.*:out:') and redis.call('ZCOUNT', key, time[1] .. '000000', '+inf') > 0 then
    out[#out + 1] = key
  end
end
return { lines(everlasting), lines(places), lines(streams), lines(out),
  lines(redis.call('PUBSUB', 'CHANNELS', 'gen:*')) }
";

/// Answers one line of JSON for each log.
const LOGS: &str = r"
local found = {}
for _, key in ipairs(redis.call('KEYS', 'gen:*:state')) do
  local list = key:gsub(':state$', ':log')
  local entries = redis.call('LRANGE', list, 0, -1)
  found[#found + 1] = cjson.encode({
    generation = key:match('{(.*)}'),
    worker = redis.call('HGET', key, 'worker') or '',
    phase = redis.call('HGET', key, 'phase') or '',
    base = redis.call('HGET', key, 'base') or '0',
    expires = redis.call('HEXISTS', key, 'expiring') == 1,
    entries = #entries > 0 and entries or { '' },
  })
end
return found
";

/// What is left on the live side.
#[derive(Debug, Clone, Default)]
pub struct LiveState {
    /// The keys that never expire.
    pub everlasting: Vec<String>,
    /// The places of users that are taken by a generation under way.
    pub places: Vec<String>,
    /// The counts of users' open streams.
    pub streams: Vec<String>,
    /// The provider's keys that are lent.
    pub lent: Vec<String>,
    /// The logs that somebody follows.
    pub followed: Vec<String>,
    /// The logs.
    pub logs: Vec<LogState>,
}

/// A log.
#[derive(Debug, Clone)]
pub struct LogState {
    /// Of which generation.
    pub generation: String,
    /// Who writes it; empty if nobody does.
    pub worker: String,
    /// How far it has come.
    pub phase: String,
    /// The number before the first entry.
    pub base: u64,
    /// Whether the time is set at which it goes.
    pub expires: bool,
    /// Its events as JSON.
    pub entries: Vec<String>,
}

impl LogState {
    /// Whether the process `id` writes it.
    pub fn is_of(&self, id: u32) -> bool {
        is_of(&self.worker, id)
    }

    /// Whether it tells something of an answer.
    pub fn tells_text(&self) -> bool {
        let is_text =
            |entry: &String| matches!(Event::from_json(entry.as_bytes()), Ok(Event::Delta { .. }));
        self.entries.iter().any(is_text)
    }
}

impl LiveState {
    /// Reads what `redis` holds.
    pub async fn read(redis: &Redis) -> Self {
        let names = ask_redis(redis, &["EVAL", NAMES, "0"]).await;
        let mut names = names.lines().map(list);
        let mut next = || names.next().expect("there is a line for each list");
        let (everlasting, places, streams) = (next(), next(), next());
        let (lent, followed) = (next(), next());
        let logs = ask_redis(redis, &["EVAL", LOGS, "0"]).await;
        let logs = logs.lines().filter(|line| !line.is_empty()).map(log).collect();
        Self { everlasting, places, streams, lent, followed, logs }
    }
}

/// An empty list of Lua could as well be an empty table, and has an empty text in it instead.
fn list(json: &str) -> Vec<String> {
    let mut names: Vec<String> = serde_json::from_str(json).unwrap();
    names.retain(|name| !name.is_empty());
    names
}

fn log(json: &str) -> LogState {
    let log: Value = serde_json::from_str(json).unwrap();
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    let entries = log["entries"].as_array().unwrap().iter().map(text);
    LogState {
        generation: text(&log["generation"]),
        worker: text(&log["worker"]),
        phase: text(&log["phase"]),
        // As text: it may have more digits than JSON made here tells.
        base: text(&log["base"]).parse().unwrap(),
        expires: log["expires"].as_bool().unwrap(),
        entries: entries.filter(|entry| !entry.is_empty()).collect(),
    }
}
