//! A server that is gone without a word.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use futures_util::future::join_all;
use ports::store::{Accounts, StoreError};
use secrecy::SecretString;
use store_postgres::{Options, PostgresStore};
use testkit::{clock::epoch, sample};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
    time::timeout,
};
use url::Url;

use crate::Place;

/// Much longer than a call may take here, and much shorter than the network takes to give up.
const PATIENCE: Duration = Duration::from_mins(1);

/// Passes on what is said to a server. From a moment on, nothing more on connections made up to then, which stay open: as
/// if the machine behind them had lost its power, and another one had taken its address.
struct Network {
    port: u16,
    made: Arc<AtomicUsize>,
    gone: watch::Sender<usize>,
    passing: JoinSet<()>,
}

impl Network {
    async fn before(host: String, port: u16) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let here = listener.local_addr().unwrap().port();
        let (gone, looks) = watch::channel(0);
        let made = Arc::new(AtomicUsize::new(0));
        let count = Arc::clone(&made);
        let mut passing = JoinSet::new();
        passing.spawn(async move {
            let mut links = JoinSet::new();
            loop {
                let (near, _) = listener.accept().await.unwrap();
                let number = count.fetch_add(1, SeqCst);
                let far = TcpStream::connect((host.as_str(), port)).await.unwrap();
                links.spawn(link(near, far, looks.clone(), number));
            }
        });
        Self { port: here, made, gone, passing }
    }

    /// Nothing is passed on any more between those that are connected now.
    fn falls_silent(&self) {
        self.gone.send_replace(self.made.load(SeqCst));
    }
}

async fn link(
    mut near: TcpStream,
    mut far: TcpStream,
    mut gone: watch::Receiver<usize>,
    number: usize,
) {
    let (mut to, mut from) = ([0; 8192], [0; 8192]);
    loop {
        tokio::select! {
            biased;
            () = silent(&mut gone, number) => break,
            read = near.read(&mut to) => match read {
                Ok(length @ 1..) => far.write_all(&to[..length]).await.unwrap(),
                _ => return,
            },
            read = far.read(&mut from) => match read {
                Ok(length @ 1..) => near.write_all(&from[..length]).await.unwrap(),
                _ => return,
            },
        }
    }
    // Held open, and never read again.
    std::future::pending::<()>().await;
}

/// Waits until nothing is passed on any more on the connection with this number.
async fn silent(gone: &mut watch::Receiver<usize>, number: usize) {
    // The network is there as long as the test is.
    let _ = gone.wait_for(|gone| *gone > number).await.map(drop);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_is_gone_without_a_word_is_left_for_the_one_in_its_place() {
    the_one_in_its_place_is_found_by(2).await;
}

/// With one thread it is asked whether it is well only after the network has fallen silent.
#[tokio::test]
async fn also_by_a_connection_that_was_going_back_to_the_pool() {
    the_one_in_its_place_is_found_by(1).await;
}

async fn the_one_in_its_place_is_found_by(connections: u32) {
    let place = Place::new().await;
    let mut url = Url::parse(&place.url()).unwrap();
    let host = url.host_str().unwrap().to_owned();
    let mut network = Network::before(host, url.port().unwrap_or(5432)).await;
    url.set_host(Some("127.0.0.1")).unwrap();
    url.set_port(Some(network.port)).unwrap();
    let call_timeout = Duration::from_secs(1);
    let options = Options { max_connections: connections, call_timeout, ..Options::default() };
    let store = PostgresStore::open(&SecretString::from(String::from(url)), options).await.unwrap();
    let user = sample::user(epoch());
    store.create(sample::account(user.clone())).await.unwrap();

    let look = || Accounts::by_id(&store, user.id);
    let all = || join_all((0..connections).map(|_| look()));
    let found = all().await;
    assert!(found.iter().all(Result::is_ok), "{found:?}");
    network.falls_silent();
    let lost = all().await;
    let is_lost = |found: &Result<_, _>| matches!(found, Err(StoreError::Unavailable(_)));
    assert!(lost.iter().all(is_lost), "{lost:?}");

    let found = timeout(PATIENCE, async {
        loop {
            if let Ok(found) = look().await {
                return found;
            }
        }
    });
    let found = found.await.expect("still waiting for the former server");
    assert_eq!(found.map(|account| account.user), Some(user));
    network.passing.shutdown().await;
}
