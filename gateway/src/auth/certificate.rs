//! A client's certificate (RFC 8705, `tls_client_auth`), which TLS has verified.

use std::time::Duration;

use aws_lc_rs::digest::{digest, SHA256};
use rustls::pki_types::{CertificateDer, UnixTime};
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeIdIter};

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
	/// End of the certificate, in seconds since 1970.
	expires: u64,
}

impl Peer {
	/// Reads a verified certificate; `None` if it cannot be read.
	pub(crate) fn of(certificate: &CertificateDer<'_>) -> Option<Self> {
		let thumbprint = digest(&SHA256, certificate).as_ref().try_into().ok()?;
		let read = EndEntityCert::try_from(certificate).ok()?;
		let dns =
			read.valid_dns_names().map(|name| CertificateName::Dns(name.to_ascii_lowercase()));
		let uris = read.valid_uri_names().map(|name| CertificateName::Uri(name.to_owned()));
		let names = dns.chain(uris).collect();
		Some(Self { names, thumbprint, expires: end_of(&read)? })
	}

	/// Returns whether the certificate has this name itself. A wildcard in it stands for nobody.
	pub(crate) fn has(&self, name: &CertificateName) -> bool {
		self.names.contains(name)
	}

	pub(crate) fn thumbprint(&self) -> Thumbprint {
		self.thumbprint
	}

	/// Returns whether the certificate has expired, which it can while its connection lasts. `now`
	/// is in seconds since 1970.
	pub(crate) fn has_expired(&self, now: u64) -> bool {
		now > self.expires
	}
}

/// Takes a certificate for any purpose.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
	fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
		Ok(())
	}
}

/// Returns the end of a certificate, in seconds since 1970. webpki says it only of one that has
/// expired, as each has at the end of time.
fn end_of(certificate: &EndEntityCert<'_>) -> Option<u64> {
	let end_of_time = UnixTime::since_unix_epoch(Duration::from_secs(u64::MAX));
	let checked =
		certificate.verify_for_usage(&[], &[], &[], end_of_time, AnyUsage, None, None).err()?;
	match checked {
		webpki::Error::CertExpired { not_after, .. } => Some(not_after.as_secs()),
		_ => None,
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
