//! Encrypted connections, with a certificate that nobody knows.

use std::{io, sync::Arc};

use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::TcpStream,
};
use tokio_rustls::{
    TlsAcceptor,
    rustls::{
        ServerConfig,
        crypto::aws_lc_rs::default_provider,
        pki_types::{CertificateDer, PrivateKeyDer, pem::PemObject},
    },
};

/// The certificate of encrypted connections, as PEM: of `localhost` and `127.0.0.1`, signed by itself.
pub const CERTIFICATE: &str = include_str!("certificate.pem");

/// Of [`CERTIFICATE`]; it opens nothing but tests.
const KEY: &str = include_str!("key.pem");

/// A connection, encrypted or not.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<S: AsyncRead + AsyncWrite + Send + Unpin> Wire for S {}

/// Encrypts a connection that somebody else has made.
///
/// # Errors
///
/// If the other side does not want this certificate.
pub async fn encrypted(stream: TcpStream) -> io::Result<Box<dyn Wire>> {
    let certificate = CertificateDer::from_pem_slice(CERTIFICATE.as_bytes()).unwrap();
    let key = PrivateKeyDer::from_pem_slice(KEY.as_bytes()).unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate], key)
        .unwrap();
    let stream = TlsAcceptor::from(Arc::new(config)).accept(stream).await?;
    Ok(Box::new(stream))
}
