//! The page that a Prometheus server reads, on a port of its own; and whether the process lives.

use std::{future::IntoFuture, io, net::SocketAddr, time::Duration};

use anyhow::Context;
use axum::{Router, http::header, routing::get};
use instruments::{Kind, SECONDS, TOKENS};
use metrics_exporter_prometheus::{BuildError, Matcher, PrometheusBuilder, PrometheusHandle};
use tokio::{net::TcpListener, time::interval};
use tokio_util::sync::CancellationToken;

use crate::config::MetricsAddress;

/// How often measured durations are put together, so that memory stays bounded when nobody reads.
const UPKEEP: Duration = Duration::from_secs(5);

/// The page, which is served until the process ends.
#[derive(Debug)]
pub struct MetricsPage {
    listener: TcpListener,
    handle: PrometheusHandle,
}

impl MetricsPage {
    /// Begins to measure, and listens at `wish`; none if it is not wanted. Once in a process.
    pub async fn open(wish: MetricsAddress) -> anyhow::Result<Option<Self>> {
        let listener = match wish {
            MetricsAddress::Off => return Ok(None),
            MetricsAddress::Usual(address) => match TcpListener::bind(address).await {
                Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
                    // Another process of ours, most likely.
                    TcpListener::bind((address.ip(), 0)).await
                }
                bound => bound,
            },
            MetricsAddress::Wanted(address) => TcpListener::bind(address).await,
        };
        let listener = listener.context("METRICS_ADDRESS: cannot listen there")?;
        let handle = recorder()?.install_recorder().context("metrics are recorded already")?;
        instruments::all().iter().for_each(instruments::Instrument::describe);
        Ok(Some(Self { listener, handle }))
    }

    /// Where it is.
    pub fn address(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }

    /// Serves it until `stop`.
    pub async fn serve(self, stop: CancellationToken) {
        let handle = self.handle.clone();
        let page = get(async move || {
            ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], handle.render())
        });
        // Where a container has no other door, whoever looks after it asks here.
        let health = get(async || r#"{"status":"ok"}"#);
        let app = Router::new().route("/metrics", page).route("/healthz", health);
        let serving = axum::serve(self.listener, app).into_future();
        let upkeep = async {
            let mut times = interval(UPKEEP);
            loop {
                times.tick().await;
                self.handle.run_upkeep();
            }
        };
        tokio::select! {
            ended = serving => tracing::warn!(?ended, "the metrics page ended"),
            () = upkeep => {}
            () = stop.cancelled() => {}
        }
    }
}

fn recorder() -> Result<PrometheusBuilder, BuildError> {
    instruments::all().iter().try_fold(PrometheusBuilder::new(), |builder, instrument| {
        let bounds = match instrument.kind {
            Kind::Counter | Kind::Gauge => return Ok(builder),
            Kind::Seconds => SECONDS,
            Kind::Tokens => TOKENS,
        };
        let name = Matcher::Full(instrument.name.to_owned());
        builder.set_buckets_for_metric(name, bounds)
    })
}
