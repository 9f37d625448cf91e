//! The TLS settings of all connections of a client.
//!
//! Not a handshake (see `connect`). Invariant: certificates are always
//! verified, with one crypto provider that does not depend on a process
//! default.

use std::sync::Arc;

use rustls::crypto::aws_lc_rs;
use rustls::{ClientConfig, RootCertStore};
use rustls_pki_types::pem::PemObject;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};

use crate::config::{Http2, TlsConfig};
use crate::error::TransportError;

const EXTRA_ROOTS: &str = "extra root certificates";
const CLIENT_CERTIFICATE: &str = "client certificate";

/// Settings for upstreams and for proxies that are reached over TLS.
#[derive(Clone, Debug)]
pub(crate) struct TlsSettings {
    pub(crate) upstream: Arc<ClientConfig>,
    /// Without HTTP/2: `CONNECT` is spoken as HTTP/1.1.
    pub(crate) proxy: Arc<ClientConfig>,
}

/// Reads the certificates and builds the settings.
pub(crate) fn build(tls: &TlsConfig, http2: Http2) -> Result<TlsSettings, TransportError> {
    let roots = Arc::new(roots(tls.extra_roots_pem.as_deref())?);
    let mut upstream = client_config(Arc::clone(&roots), tls)?;
    if http2 != Http2::Off {
        upstream.alpn_protocols.push(b"h2".to_vec());
    }
    upstream.alpn_protocols.push(b"http/1.1".to_vec());
    // The client certificate is for upstreams, not for what lies between.
    let proxy = client_config(roots, &TlsConfig::default())?;
    Ok(TlsSettings { upstream: Arc::new(upstream), proxy: Arc::new(proxy) })
}

fn client_config(
    roots: Arc<RootCertStore>,
    tls: &TlsConfig,
) -> Result<ClientConfig, TransportError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(|error| TransportError::config("TLS", error.to_string()))?
        .with_root_certificates(roots);
    let Some(certificate) = &tls.client_certificate else {
        return Ok(builder.with_no_client_auth());
    };
    let chain = certificates(CLIENT_CERTIFICATE, &certificate.chain_pem)?;
    // The reason must not carry any part of the key.
    let key = PrivateKeyDer::from_pem_slice(&certificate.key_pem).map_err(|_| {
        TransportError::config(CLIENT_CERTIFICATE, "its private key is not valid PEM")
    })?;
    builder
        .with_client_auth_cert(chain, key)
        .map_err(|error| TransportError::config(CLIENT_CERTIFICATE, error.to_string()))
}

fn roots(extra_pem: Option<&[u8]>) -> Result<RootCertStore, TransportError> {
    let mut roots = RootCertStore::empty();
    // Some system stores hold a certificate that cannot be read; the others count.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    for certificate in extra_pem.map_or(Ok(Vec::new()), |pem| certificates(EXTRA_ROOTS, pem))? {
        roots
            .add(certificate)
            .map_err(|error| TransportError::config(EXTRA_ROOTS, error.to_string()))?;
    }
    Ok(roots)
}

fn certificates(
    what: &'static str,
    pem: &[u8],
) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let invalid = |_| TransportError::config(what, "it is not valid PEM");
    let certificates: Vec<_> =
        CertificateDer::pem_slice_iter(pem).collect::<Result<_, _>>().map_err(invalid)?;
    if certificates.is_empty() {
        return Err(TransportError::config(what, "it has no `BEGIN CERTIFICATE` section"));
    }
    Ok(certificates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::ClientCertificate;

    #[test]
    fn unreadable_certificates_are_named_when_the_client_is_made() {
        let tls = TlsConfig { extra_roots_pem: Some(b"not pem".to_vec()), ..Default::default() };
        let error = build(&tls, Http2::Negotiated).unwrap_err().to_string();
        assert_eq!(
            error,
            "extra root certificates cannot be used: it has no `BEGIN CERTIFICATE` section"
        );
    }

    #[test]
    fn a_private_key_is_in_no_text() {
        let certified = rcgen::generate_simple_self_signed(["a.example".to_owned()]).unwrap();
        let certificate = ClientCertificate {
            chain_pem: certified.cert.pem().into_bytes(),
            key_pem: b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----".to_vec(),
        };
        assert_eq!(format!("{certificate:?}"), "ClientCertificate { .. }");
        let tls = TlsConfig { client_certificate: Some(certificate), ..Default::default() };
        let error = build(&tls, Http2::Off).unwrap_err();
        assert!(!format!("{error:?} {error}").contains("secret"));
    }
}
