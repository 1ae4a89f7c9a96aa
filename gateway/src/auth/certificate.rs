//! A client's certificate (RFC 8705, `tls_client_auth`), which TLS has verified.

use aws_lc_rs::digest::{digest, SHA256};
use rustls::pki_types::CertificateDer;
use webpki::EndEntityCert;

/// SHA-256 of a certificate: the confirmation `x5t#S256` of a token.
pub(crate) type Thumbprint = [u8; 32];

/// A name in the subject alternative names of a certificate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CertificateName {
	/// A DNS name, in lower case.
	Dns(String),
	/// A URI.
	Uri(String),
}

impl CertificateName {
	/// Reads a name of the configuration; `None` for one that no certificate can have.
	pub(crate) fn parse(text: &str) -> Option<Self> {
		if text.contains(':') {
			return text
				.bytes()
				.all(|byte| byte.is_ascii_graphic())
				.then(|| Self::Uri(text.into()));
		}
		let is_dns = |byte: u8| byte.is_ascii_alphanumeric() || b"-.".contains(&byte);
		let is_name = !text.is_empty() && text.bytes().all(is_dns);
		is_name.then(|| Self::Dns(text.to_ascii_lowercase()))
	}
}

/// The certificate of a connection.
#[derive(Debug)]
pub(crate) struct Peer {
	names: Vec<CertificateName>,
	thumbprint: Thumbprint,
}

impl Peer {
	/// Reads a verified certificate; `None` if it cannot be read.
	pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
		let thumbprint = digest(&SHA256, certificate).as_ref().try_into().ok()?;
		let read = EndEntityCert::try_from(certificate).ok()?;
		let dns =
			read.valid_dns_names().map(|name| CertificateName::Dns(name.to_ascii_lowercase()));
		let uris = read.valid_uri_names().map(|name| CertificateName::Uri(name.to_owned()));
		Some(Self { names: dns.chain(uris).collect(), thumbprint })
	}

	/// Returns whether the certificate has this name itself. A wildcard in it stands for nobody.
	pub(crate) fn has(&self, name: &CertificateName) -> bool {
		self.names.contains(name)
	}

	pub(crate) fn thumbprint(&self) -> Thumbprint {
		self.thumbprint
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_client_is_named_by_a_dns_name_or_a_uri() {
		let parsed = |text: &str| CertificateName::parse(text);
		assert_eq!(parsed("HIS.example"), Some(CertificateName::Dns("his.example".into())));
		let uri = "urn:oid:1.2.3";
		assert_eq!(parsed(uri), Some(CertificateName::Uri(uri.into())));
		for bad in ["", "*.example", "CN=his", "a b", "urn:a b"] {
			assert_eq!(parsed(bad), None, "{bad}");
		}
	}
}
