//! What waits where, as figures tell it.

use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};

use crate::harness::{TestApp, testing_with};

/// What the page says of the figure `name`, once that is `wanted`.
async fn until(app: &TestApp, page: &PrometheusHandle, name: &str, wanted: &str) {
    let line = format!("{name} {wanted}");
    app.eventually(async || page.render().lines().any(|said| said == line).then_some(())).await;
}

#[tokio::test]
async fn a_figure_is_not_known_while_its_source_is_away_and_others_are() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let page = recorder.handle();
    // Of this thread, which is all that the service runs on.
    let _recording = metrics::set_default_local_recorder(&recorder);
    let (oldest, dead) = ("sluice_oldest_queued_job_age_seconds", "sluice_dead_jobs");
    let ready = r#"sluice_jobs{pool="simulated",state="ready"}"#;
    let active = r#"sluice_keys{provider="simulated",state="active"}"#;
    let often = |config: &mut api::Config| config.survey_interval = Duration::from_millis(5);
    testing_with(often, async |app| {
        until(app, &page, ready, "0").await;
        app.operations_switch.take_down();
        for unknown in [ready, dead] {
            until(app, &page, unknown, "NaN").await;
        }
        for known in [oldest, active] {
            until(app, &page, known, "0").await;
        }
        app.operations_switch.bring_up();
        for known in [ready, dead] {
            until(app, &page, known, "0").await;
        }
    })
    .await;
}

/// That is when it matters.
#[tokio::test]
async fn a_job_that_cannot_be_published_grows_old_all_the_same() {
    let recorder = PrometheusBuilder::new().build_recorder();
    let page = recorder.handle();
    let _recording = metrics::set_default_local_recorder(&recorder);
    let age = || {
        let page = page.render();
        let line = page.lines().find_map(|line| {
            line.strip_prefix("sluice_oldest_queued_job_age_seconds ")?.parse::<f64>().ok()
        });
        line.unwrap_or_default()
    };
    let often = |config: &mut api::Config| config.survey_interval = Duration::from_millis(5);
    testing_with(often, async |app| {
        app.queue_switch.take_down();
        let user = app.user().await;
        let id = user.generation().await;
        app.eventually(async || (age() > 0.0).then_some(())).await;
        app.queue_switch.bring_up();
        app.worker().await.answer(&["hi"]).await;
        user.watch(&id, 0).await;
        app.eventually(async || (age() == 0.0).then_some(())).await;
    })
    .await;
}
