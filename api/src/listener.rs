//! The listening socket, so that no connection can hold anything up.

use std::{io, net::SocketAddr, pin::Pin, time::Duration};

use axum::serve::Listener;
use tokio::net::{TcpListener, TcpStream};
use tokio_io_timeout::TimeoutWriter;

/// How long to wait before the next connection when none can be accepted, for example because all
/// file descriptors are in use.
const PAUSE: Duration = Duration::from_millis(200);

/// Accepts connections that are cut off when they take nothing for a while.
///
/// The server asks a body for more only while the socket takes bytes, so a deadline inside a stream
/// would never pass for a viewer that does not read; it has to be at the socket.
pub(crate) struct StallGuard {
    listener: TcpListener,
    write_stall: Duration,
}

impl StallGuard {
    /// Guards the connections of `listener`.
    pub(crate) fn new(listener: TcpListener, write_stall: Duration) -> Self {
        Self { listener, write_stall }
    }
}

impl Listener for StallGuard {
    type Io = Pin<Box<TimeoutWriter<TcpStream>>>;
    type Addr = SocketAddr;

    async fn accept(&mut self) -> (Self::Io, SocketAddr) {
        loop {
            match self.listener.accept().await {
                Ok((stream, address)) => {
                    // Tokens are small, and must not wait for company. If it cannot be set, the
                    // connection is gone already.
                    let _ = stream.set_nodelay(true);
                    let mut guarded = TimeoutWriter::new(stream);
                    guarded.set_timeout(Some(self.write_stall));
                    return (Box::pin(guarded), address);
                }
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
