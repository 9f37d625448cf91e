//! TLS for callers.

use std::sync::Arc;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::{ServerError, TlsFiles};

/// Reads the files and makes an acceptor that offers HTTP/2 and HTTP/1.1.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, ServerError> {
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(|error| {
            let reason = format!("{}: {error}", files.certificate.display());
            ServerError::setting("listen.tls.certificate", reason)
        })?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(|error| {
        ServerError::setting("listen.tls.key", format!("{}: {error}", files.key.display()))
    })?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| ServerError::setting("listen.tls", error))?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| ServerError::setting("listen.tls", error))?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}
