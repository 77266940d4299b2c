//! The pool of keys: how long a choice takes, whether budgets hold, and what comes of faults.

mod fleet;

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use anyhow::{Context, ensure};
use cluster::servers::Redis;
use domain::{key::KeyId, model::ProviderName};
use live_redis::{Options, RedisLive};
use ports::live::{KeyPool, KeySpec, Lending};
use provider_worker::ProviderConfig;
use simulated_provider::{CallView, Judgement, Rule, judge};
use testkit::keys::{another, wish};
use tokio::{task::JoinSet, time::interval};

use self::fleet::{FirstRung, Fleet};
use super::Bench;
use crate::{report::Report, sample::Sample};

const MINUTE: Duration = Duration::from_mins(1);

/// How long it takes to choose one of so many keys, over Redis, alone and with eight who ask at once.
pub async fn choice(count: usize) -> anyhow::Result<Report> {
    let folder = tempfile::tempdir()?;
    let redis = Redis::start(&folder.path().join("redis")).await?;
    let mut report = Report::new(&format!("keys: the choice of one of {count}"));
    for askers in [1, 8] {
        let provider = ProviderName::parse(&format!("of{askers}"))?;
        let spec = |number| KeySpec::plain(KeyId::new(format!("key-{number}")), Some(1000));
        let specs: Vec<KeySpec> = (0..count).map(spec).collect();
        let mut asking = JoinSet::new();
        for _ in 0..askers {
            let live = connect(&redis).await?;
            live.register(&provider, &specs).await?;
            let wish = wish(&provider, "any");
            asking.spawn(async move {
                let mut took = Vec::new();
                for _ in 0..8000 / askers {
                    let begun = Instant::now();
                    let lending = live.lend(&another(&wish)).await?;
                    took.push(begun.elapsed());
                    ensure!(matches!(lending, Lending::Lent(_)), "{lending:?}");
                }
                Ok(took)
            });
        }
        let mut sample = Sample::default();
        while let Some(took) = asking.join_next().await {
            took??.into_iter().for_each(|took| sample.push(took));
        }
        report = report.line(&format!("{askers} at once"), sample.summary());
    }
    Ok(report)
}

async fn connect(redis: &Redis) -> anyhow::Result<RedisLive> {
    let options = Options { url: redis.url().into(), ..Options::default() };
    RedisLive::connect(options).await.context("Redis does not answer")
}

/// Whether no window of a key is ever above its budget, and how much of the budgets is used: eight
/// workers whose clocks differ by up to ten minutes, five keys, a tenth more work than they allow.
pub async fn budgets(bench: &Bench, dispatches: u32) -> anyhow::Result<Report> {
    const KEYS: [&str; 5] = ["sim-a", "sim-b", "sim-c", "sim-d", "sim-e"];
    const PER_MINUTE: u32 = 4000;
    let budget_per_second = PER_MINUTE * 5 / 60;
    bench.provider.record().clear();
    let providers = [("simulated", bench.provider.base_url(), &KEYS[..])];
    let limit = |provider: &mut ProviderConfig| {
        for key in &mut provider.keys {
            key.uses.requests_per_minute = Some(PER_MINUTE);
        }
    };
    let fleet = Fleet::start(8, &providers, limit).await?;
    let mut ticks = interval(Duration::from_secs(1) / (budget_per_second * 11 / 10));
    while called(bench) < dispatches as usize {
        for _ in 0..100 {
            ticks.tick().await;
            fleet.ask("simulated", "sim-ttft=1ms,tokens=2").await?;
        }
    }
    let calls = bench.provider.record().calls();
    fleet.stop().await;
    let judged = judge(&calls, PER_MINUTE as usize, 60_000_000);
    let over: usize = judged.values().map(|key| key.over_limit).sum();
    ensure!(over == 0, "{over} calls above the budget of their window");
    let most = judged.values().map(|key| key.most_in_window).max().unwrap_or_default();
    let total = calls.len();
    Ok(Report::new(&format!("keys: {total} dispatches by 8 workers on 5 keys of {PER_MINUTE}/min"))
        .line("calls above a window's budget", over)
        .line("most calls of a key in a window", most)
        .line("of the budgets used", format!("{:.1} %", used(&calls, PER_MINUTE * 5) * 100.0)))
}

fn called(bench: &Bench) -> usize {
    bench.provider.record().count()
}

/// How much was used of what `per_minute` allows, over as many whole rounds as there were behind the first
/// one. A round is what the pool takes for a minute: the minute, and a second for calls to arrive.
fn used(calls: &[CallView], per_minute: u32) -> f64 {
    const ROUND: u64 = 61_000_000;
    let times = || calls.iter().map(|call| call.started_us);
    let begun = times().min().unwrap_or_default() + ROUND;
    let rounds = times().max().unwrap_or_default().saturating_sub(begun) / ROUND;
    let counted = times().filter(|at| (begun..begun + rounds * ROUND).contains(at)).count();
    let allowed = f64::from(per_minute) * (rounds * ROUND) as f64 / 60_000_000.0;
    counted as f64 / allowed
}

/// Three of ten keys answer 429 and one 401, and another provider answers 503 for a minute: whether every
/// answer comes, and no resting key is used.
pub async fn faults(bench: &Bench) -> anyhow::Result<Report> {
    const KEYS: [&str; 10] =
        ["sim-0", "sim-1", "sim-2", "sim-3", "sim-4", "sim-5", "sim-6", "sim-7", "sim-8", "sim-9"];
    const OTHERS: [&str; 2] = ["sim-x", "sim-y"];
    let (record, script) = (bench.provider.record(), bench.provider.script());
    record.clear();
    let refused = ["sim-0", "sim-1", "sim-2"].map(|key| (key, "status=429,retry-after=20"));
    let away = OTHERS.map(|key| (key, "status=503"));
    let rules = |away: &[(&str, &str)]| {
        let all = refused.iter().chain(&[("sim-3", "status=401")]).chain(away);
        let rule = |(key, behavior): &(&str, &str)| Rule {
            model: None,
            key: Some((*key).to_owned()),
            times: None,
            behavior: (*behavior).to_owned(),
        };
        all.map(rule).collect::<Vec<Rule>>()
    };
    script.set(rules(&away))?;
    let base = bench.provider.base_url();
    let providers = [("simulated", base.clone(), &KEYS[..]), ("second", base, &OTHERS[..])];
    let mut fleet = Fleet::start(4, &providers, |_| {}).await?;
    let begun = Instant::now();
    let mut ticks = interval(Duration::from_millis(50));
    let mut asked = 0;
    while begun.elapsed() < MINUTE {
        ticks.tick().await;
        let provider = if asked % 10 == 0 { "second" } else { "simulated" };
        fleet.ask(provider, "sim-ttft=5ms,tokens=5").await?;
        asked += 1;
    }
    script.set(rules(&[]))?;
    let ended = fleet.all_ended(asked, FirstRung(MINUTE)).await?;
    fleet.stop().await;
    script.clear();
    let calls = record.calls();
    let judged: BTreeMap<String, Judgement> = judge(&calls, usize::MAX, 60_000_000);
    let resting: usize = judged.values().map(|key| key.while_resting).sum();
    let rejected: usize = judged.values().map(|key| key.after_rejection).sum();
    let failed = ended.iter().filter(|outcome| *outcome != "succeeded").count();
    ensure!(failed == 0, "{failed} of {asked} answers failed");
    ensure!(resting == 0, "{resting} calls with a key that was to rest");
    Ok(Report::new("keys: 3 of 10 answer 429, one 401, and another provider 503 for a minute")
        .line("questions, all answered", asked)
        .line("calls with a key that rests", resting)
        .line("calls with the rejected key after that", rejected)
        .line("calls in all", calls.len()))
}
