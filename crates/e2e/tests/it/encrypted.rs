//! A broker that is reached by TLS alone.

use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering::SeqCst},
};

use cluster::servers::Redis;
use reqwest::Url;
use testkit::tls::{CERTIFICATE, encrypted};
use tokio::{
    io::copy_bidirectional,
    net::{TcpListener, TcpStream},
    task::JoinSet,
};

use crate::{
    client::{Client, end},
    stack::{Engines, Process, Sluice, provider, settings},
};

/// An end of encrypted connections before another server.
struct Veil {
    /// Where it is.
    port: u16,
    /// How many came through.
    passed: Arc<AtomicU32>,
    _work: JoinSet<()>,
}

impl Veil {
    async fn before(port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (own, passed) = (listener.local_addr().unwrap().port(), Arc::<AtomicU32>::default());
        let counted = Arc::clone(&passed);
        let mut work = JoinSet::new();
        work.spawn(async move {
            let mut connections = JoinSet::new();
            while let Ok((stream, _)) = listener.accept().await {
                let counted = Arc::clone(&counted);
                connections.spawn(async move {
                    // Whoever does not know the certificate goes.
                    let Ok(mut wire) = encrypted(stream).await else { return };
                    counted.fetch_add(1, SeqCst);
                    let mut server = TcpStream::connect(("127.0.0.1", port)).await.unwrap();
                    let _ = copy_bidirectional(&mut wire, &mut server).await;
                });
            }
        });
        Self { port: own, passed, _work: work }
    }
}

/// An answer comes if the certificate of what lies behind `veil` is known; who does not know it says `complaint`, and
/// tells no password.
async fn is_reached_if_its_certificate_is_known(
    veil: &Veil,
    settings: &[(&'static str, String)],
    complaint: &str,
) {
    let data = tempfile::tempdir().unwrap();
    let folder = data.path().to_str().unwrap();
    let with = |settings: &[(&'static str, String)], others: &[(&'static str, String)]| {
        [settings, others].concat()
    };
    let stranger = [("DATA_DIR", folder.to_owned()), ("SSL_CERT_FILE", "/dev/null".to_owned())];
    let mut stranger = Process::start("sluice", &["serve"], &with(settings, &stranger));
    assert!(!stranger.ended().await.success());
    let said = stranger.output();
    assert!(said.contains(complaint), "{said}");
    assert_eq!(veil.passed.load(SeqCst), 0, "{said}");

    let known = data.path().join("certificate.pem");
    std::fs::write(&known, CERTIFICATE).unwrap();
    let known = [("SSL_CERT_FILE", known.to_str().unwrap().to_owned())];
    let sluice = Sluice::start(data.path(), &with(settings, &known)).await;
    let client = Client::register(&sluice.url).await;
    let chat = client.chat().await;
    let generation = client.generate(&chat, "openai/sim-tokens=5").await;
    assert_eq!(end(&client.watch(&generation).await), "succeeded");
    sluice.terminate().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_broker_is_reached_by_tls_if_its_certificate_is_known() {
    let (engines, provider) = (Engines::make().await, provider().await);
    let mut url = Url::parse(&engines.rabbitmq_url).unwrap();
    let veil = Veil::before(url.port().unwrap_or(5672)).await;
    url.set_host(Some("localhost")).unwrap();
    url.set_port(Some(veil.port)).unwrap();
    let mut settings = settings(&provider);
    settings.push(("RABBITMQ_URL", String::from(url).replacen("amqp:", "amqps:", 1)));
    settings.push(("RABBITMQ_MANAGEMENT_URL", engines.management_url.clone()));
    let complaint = "RABBITMQ_URL: the queue cannot be used";
    is_reached_if_its_certificate_is_known(&veil, &settings, complaint).await;
    assert!(veil.passed.load(SeqCst) >= 2, "one to publish, one to consume");
    engines.remove().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_redis_is_reached_by_tls_if_its_certificate_is_known() {
    let folder = tempfile::tempdir().unwrap();
    let (redis, provider) = (Redis::start(folder.path()).await.unwrap(), provider().await);
    let veil = Veil::before(Url::parse(&redis.url()).unwrap().port().unwrap()).await;
    let mut settings = settings(&provider);
    settings.push(("REDIS_URL", format!("rediss://localhost:{}", veil.port)));
    let complaint = "REDIS_URL: Redis cannot be used";
    is_reached_if_its_certificate_is_known(&veil, &settings, complaint).await;
    assert!(veil.passed.load(SeqCst) >= 2, "one for calls, one to listen");
}
