//! A way to the store on which answers get lost: what was sent is passed on and done, and whoever sent it sees only
//! that the connection breaks.
//!
//! It reads as much of PostgreSQL's protocol as it takes to know what is about to be committed.

use std::{
    collections::{BTreeMap, HashMap},
    io,
    net::{Ipv4Addr, SocketAddr},
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    task::JoinSet,
    time::sleep,
};

use crate::within;

/// What a statement does that commits by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Deed {
    /// Accepts a question.
    Admission,
    /// Keeps an answer.
    Settlement,
    /// Books what was spent.
    Usage,
    /// Notes what was done.
    Audit,
    /// Forgets what was published.
    Sent,
}

impl Deed {
    /// Every one of them.
    pub const ALL: [Self; 5] =
        [Self::Admission, Self::Settlement, Self::Usage, Self::Audit, Self::Sent];

    fn of(sql: &str) -> Option<Self> {
        let signs = [
            ("INSERT INTO generations ", Self::Admission),
            ("INSERT INTO messages ", Self::Settlement),
            ("INSERT INTO usage_events ", Self::Usage),
            ("INSERT INTO audit_logs ", Self::Audit),
            ("DELETE FROM outbox ", Self::Sent),
        ];
        signs.into_iter().find(|(sign, _)| sql.contains(sign)).map(|(_, deed)| deed)
    }
}

/// How many answers are to be lost, and how many were.
#[derive(Default)]
struct Losses {
    wanted: Mutex<BTreeMap<Deed, usize>>,
    lost: Mutex<BTreeMap<Deed, usize>>,
}

impl Losses {
    /// Whether the answer to the next `deed` is to be lost; it is counted then.
    fn take(&self, deed: Deed) -> bool {
        let mut wanted = self.wanted.lock().unwrap();
        let left = wanted.entry(deed).or_default();
        let is_wanted = *left > 0;
        *left -= usize::from(is_wanted);
        is_wanted
    }
}

/// The way.
pub struct Proxy {
    port: u16,
    losses: Arc<Losses>,
    /// Everything ends when the test lets go of it.
    _running: JoinSet<()>,
}

impl Proxy {
    /// A way to the server that listens on `server` of this machine.
    pub async fn to(server: u16) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let (losses, mut running) = (Arc::new(Losses::default()), JoinSet::new());
        let server = (Ipv4Addr::LOCALHOST, server).into();
        running.spawn(accept(listener, server, Arc::clone(&losses)));
        Self { port, losses, _running: running }
    }

    /// Where it listens.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Loses `count` answers to every deed, and waits until they are lost.
    pub async fn lose(&self, count: usize) {
        for deed in Deed::ALL {
            self.losses.wanted.lock().unwrap().insert(deed, count);
        }
        for deed in Deed::ALL {
            let lost = async {
                while self.losses.lost.lock().unwrap().get(&deed).is_none_or(|lost| *lost < count) {
                    sleep(Duration::from_millis(5)).await;
                }
            };
            within(&format!("{count} lost answers to {deed:?}"), lost).await;
        }
    }
}

async fn accept(listener: TcpListener, server: SocketAddr, losses: Arc<Losses>) {
    let mut open = JoinSet::new();
    while let Ok((client, _)) = listener.accept().await {
        let losses = Arc::clone(&losses);
        open.spawn(async move {
            // However it ends: both sides see that it has.
            let _ = pass_on(client, server, &losses).await;
        });
        while open.try_join_next().is_some() {}
    }
}

async fn pass_on(client: TcpStream, server: SocketAddr, losses: &Losses) -> io::Result<()> {
    let server = TcpStream::connect(server).await?;
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let ((from_client, to_client), (from_server, to_server)) =
        (client.into_split(), server.into_split());
    let doomed = Doomed::default();
    tokio::select! {
        ended = ask(from_client, to_server, losses, &doomed) => ended,
        ended = answer(from_server, to_client, losses, &doomed) => ended,
    }
}

/// What is being done whose answer is to be lost.
#[derive(Default)]
struct Doomed {
    is_set: AtomicBool,
    deed: Mutex<Option<Deed>>,
}

/// Passes on what the client says.
async fn ask(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    losses: &Losses,
    doomed: &Doomed,
) -> io::Result<()> {
    // The first one has no kind.
    let length = from.read_u32().await?;
    let mut first = length.to_be_bytes().to_vec();
    (&mut from).take(u64::from(length) - 4).read_to_end(&mut first).await?;
    to.write_all(&first).await?;
    let mut statements: HashMap<Vec<u8>, Option<Deed>> = HashMap::new();
    let (mut bound, mut done) = (None, None);
    loop {
        let message = Message::read(&mut from).await?;
        let mut texts = message.body().split(|byte| *byte == 0);
        let mut text = || texts.next().unwrap_or_default();
        match message.kind() {
            // Parse: a name, and what it stands for.
            b'P' => {
                let name = text().to_vec();
                statements.insert(name, Deed::of(&String::from_utf8_lossy(text())));
            }
            // Bind: a portal, and the name.
            b'B' => {
                text();
                bound = statements.get(text()).copied().flatten();
            }
            // Execute.
            b'E' => done = bound,
            // Sync: outside of a transaction it is committed now.
            b'S' => {
                if let Some(deed) = done.take().filter(|deed| losses.take(*deed)) {
                    *doomed.deed.lock().unwrap() = Some(deed);
                    doomed.is_set.store(true, Ordering::Release);
                }
            }
            _ => {}
        }
        to.write_all(&message.0).await?;
    }
}

/// Passes on what the server says, but for what is lost.
async fn answer(
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    losses: &Losses,
    doomed: &Doomed,
) -> io::Result<()> {
    loop {
        let message = Message::read(&mut from).await?;
        if !doomed.is_set.load(Ordering::Acquire) {
            to.write_all(&message.0).await?;
        } else if message.kind() == b'Z' {
            // Ready for the next one, and idle: it is done.
            let deed = doomed.deed.lock().unwrap().filter(|_| message.body() == b"I");
            if let Some(deed) = deed {
                *losses.lost.lock().unwrap().entry(deed).or_default() += 1;
            }
            return Ok(());
        }
    }
}

/// One message with its kind and length.
struct Message(Vec<u8>);

impl Message {
    async fn read(from: &mut OwnedReadHalf) -> io::Result<Self> {
        let (kind, length) = (from.read_u8().await?, from.read_u32().await?);
        let mut whole = vec![kind];
        whole.extend(length.to_be_bytes());
        let rest = u64::from(length) - 4;
        if from.take(rest).read_to_end(&mut whole).await? as u64 != rest {
            return Err(io::ErrorKind::UnexpectedEof.into());
        }
        Ok(Self(whole))
    }

    fn kind(&self) -> u8 {
        self.0[0]
    }

    fn body(&self) -> &[u8] {
        &self.0[5..]
    }
}
