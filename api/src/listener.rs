//! The listening socket, so that no connection can hold anything up.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    task::{Context, Poll, ready},
    time::Duration,
};

use axum::serve::Listener;
use rustix::net::sockopt::set_tcp_user_timeout;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    time::{Instant, Sleep, sleep_until},
};
use tokio_io_timeout::TimeoutWriter;

/// How long to wait before the next connection when none can be accepted, for example because all
/// file descriptors are in use.
const PAUSE: Duration = Duration::from_millis(200);

/// How long a connection may hold a place.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Patience {
    /// Without taking anything of what is sent to it.
    pub(crate) write_stall: Duration,
    /// Without having been sent anything yet: its first request does not arrive.
    pub(crate) first_answer: Duration,
    /// Without being sent anything more.
    pub(crate) idle: Duration,
}

/// Accepts connections that are cut off when they hold a place for nothing.
///
/// The server asks a body for more only while the socket takes bytes, so a deadline inside a stream
/// would never pass for a viewer that does not read; it has to be at the socket. So do those for
/// requests that arrive a byte a minute.
pub(crate) struct Guard {
    listener: TcpListener,
    patience: Patience,
}

impl Guard {
    /// Guards the connections of `listener`.
    pub(crate) fn new(listener: TcpListener, patience: Patience) -> Self {
        Self { listener, patience }
    }
}

impl Listener for Guard {
    type Io = Connection;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Connection, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => return (Connection::new(stream, self.patience), address),
                Err(error) if is_of_the_connection(&error) => {}
                Err(error) => {
                    tracing::error!(%error, "no connection can be accepted");
                    tokio::time::sleep(PAUSE).await;
                }
            }
        }
    }

    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.listener.local_addr()
    }
}

/// The connection was gone before it was accepted; the next one is not affected.
fn is_of_the_connection(error: &io::Error) -> bool {
    use io::ErrorKind::{ConnectionAborted, ConnectionRefused, ConnectionReset};
    matches!(error.kind(), ConnectionAborted | ConnectionRefused | ConnectionReset)
}

/// A guarded connection.
pub(crate) struct Connection {
    stream: Pin<Box<TimeoutWriter<TcpStream>>>,
    /// Rings at `due` or before; it is not turned back for every write.
    alarm: Pin<Box<Sleep>>,
    due: Instant,
    idle: Duration,
}

impl Connection {
    fn new(stream: TcpStream, patience: Patience) -> Self {
        // Tokens are small, and must not wait for company. If it cannot be set, the connection is
        // gone already.
        let _ = stream.set_nodelay(true);
        // Signs of life are so small that the machine takes many of them for a viewer that is gone without a word.
        let stall = u32::try_from(patience.write_stall.as_millis()).unwrap_or(u32::MAX);
        let _ = set_tcp_user_timeout(&stream, stall);
        let mut stream = TimeoutWriter::new(stream);
        stream.set_timeout(Some(patience.write_stall));
        let due = Instant::now() + patience.first_answer;
        let alarm = Box::pin(sleep_until(due));
        Self { stream: Box::pin(stream), alarm, due, idle: patience.idle }
    }

    fn poll_due(&mut self, cx: &mut Context<'_>) -> Poll<io::Error> {
        loop {
            ready!(self.alarm.as_mut().poll(cx));
            if Instant::now() >= self.due {
                return Poll::Ready(io::ErrorKind::TimedOut.into());
            }
            self.alarm.as_mut().reset(self.due);
        }
    }

    fn wrote(&mut self, written: Poll<io::Result<usize>>) -> Poll<io::Result<usize>> {
        if matches!(written, Poll::Ready(Ok(_))) {
            self.due = Instant::now() + self.idle;
            if self.due < self.alarm.deadline() {
                self.alarm.as_mut().reset(self.due);
            }
        }
        written
    }
}

impl AsyncRead for Connection {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if let Poll::Ready(read) = self.stream.as_mut().poll_read(cx, buffer) {
            return Poll::Ready(read);
        }
        self.poll_due(cx).map(Err)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write(cx, bytes);
        self.wrote(written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = self.stream.as_mut().poll_write_vectored(cx, slices);
        self.wrote(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream.as_mut().poll_shutdown(cx)
    }
}
