//! Encrypted connections: certificates to trust, the one to present, and faults in words.

use std::{
	error::Error as StdError,
	fs::File,
	io::{self, Read},
	path::{Path, PathBuf},
	sync::Arc,
};

use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	AlertDescription, CertificateError, ClientConfig, RootCertStore,
};
use rustls_platform_verifier::BuilderVerifierExt;
use tokio_rustls::TlsConnector;
use zeroize::Zeroizing;

/// Largest certificate or key file, in bytes. The rest of a larger file is not read.
const MAX_FILE: u64 = 1024 * 1024;

/// The files of an encrypted connection, in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
	/// Certificates of authorities that may sign the node's; `None` uses those that this machine
	/// trusts.
	pub ca_file: Option<PathBuf>,
	/// Certificate that identifies this machine to the node, or to the proxy in front of it.
	pub client_cert: Option<PathBuf>,
	/// Private key of that certificate; `None` if it is in the same file.
	pub client_key: Option<PathBuf>,
}

/// Reason why a certificate or key file cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsFileError {
	/// The file cannot be read.
	#[error("cannot read {}; check the path and its permissions", path.display())]
	Read {
		/// File that cannot be read.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// The file holds no certificate.
	#[error("{} holds no certificate in PEM (BEGIN CERTIFICATE); give another file", path.display())]
	NoCertificate {
		/// File without a certificate.
		path: PathBuf,
	},
	/// The file holds no private key.
	#[error("{} holds no private key in PEM that opens without a password (BEGIN PRIVATE KEY); export one with `openssl pkcs8 -nocrypt`", path.display())]
	NoKey {
		/// File without a key.
		path: PathBuf,
	},
	/// There is a client key, but no certificate.
	#[error("there is a client key without its certificate; name the certificate too")]
	KeyAlone,
	/// The certificate or key cannot be used.
	#[error("the certificate in {} cannot be used, or its key belongs to another; check both files", path.display())]
	Unusable {
		/// File with the certificate.
		path: PathBuf,
		/// Error of the TLS library.
		#[source]
		source: rustls::Error,
	},
	/// The TLS library cannot be set up.
	#[error("encrypted connections cannot be made on this machine")]
	Library(#[source] rustls::Error),
}

/// Fault of an encrypted connection, and what to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TlsFault {
	/// The node requires a client certificate, and none was given.
	#[error("it admits only machines that present a known client certificate")]
	NoClientCert,
	/// The node ended the connection, perhaps because no client certificate was given.
	#[error("it ended the connection at once; perhaps it requires a client certificate")]
	PerhapsNoClientCert,
	/// No trusted authority signed the node's certificate.
	#[error("this machine does not trust the signer of its certificate; if the hospital signs its own certificates, trust its signer")]
	UnknownSigner,
	/// The authorities that this machine trusts cannot be read.
	#[error(
		"this machine's list of trusted authorities cannot be used; trust the node's signer alone"
	)]
	NoAuthorities,
	/// The node's certificate is for another name.
	#[error("its certificate is for another name; use the name in the certificate")]
	OtherName,
	/// The server serves no host of this name.
	#[error("it serves no host of this name; use the name that its operator published")]
	UnknownHost,
	/// Another fault, for which no option of the connection helps.
	#[error("{0}")]
	Other(&'static str),
}

/// Fault of a server that is too old.
const UNSAFE: TlsFault = TlsFault::Other(
	"it speaks only versions or ciphers of TLS that are no longer safe; its operator has to allow \
	TLS 1.2 or 1.3",
);

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsFileError> {
	let mut bytes = Zeroizing::new(Vec::new());
	File::open(path)
		.and_then(|file| file.take(MAX_FILE).read_to_end(&mut bytes))
		.map_err(|source| TlsFileError::Read { path: path.to_owned(), source })?;
	Ok(bytes)
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsFileError> {
	let missing = || TlsFileError::NoCertificate { path: path.to_owned() };
	let found: Vec<_> = CertificateDer::pem_slice_iter(&read(path)?)
		.collect::<Result<_, _>>()
		.map_err(|_| missing())?;
	if found.is_empty() {
		return Err(missing());
	}
	Ok(found)
}

fn key(path: &Path) -> Result<PrivateKeyDer<'static>, TlsFileError> {
	// The cause could quote the file, so it is dropped.
	PrivateKeyDer::from_pem_slice(&read(path)?)
		.map_err(|_| TlsFileError::NoKey { path: path.to_owned() })
}

/// Prepares encrypted connections: the certificates to trust, and the one to present.
pub fn connector(files: &TlsFiles) -> Result<TlsConnector, TlsFileError> {
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let builder = ClientConfig::builder_with_provider(provider)
		.with_safe_default_protocol_versions()
		.map_err(TlsFileError::Library)?;
	let unusable = |path: &Path| {
		let path = path.to_owned();
		move |source| TlsFileError::Unusable { path, source }
	};
	let builder = match &files.ca_file {
		None => builder.with_platform_verifier(),
		Some(path) => {
			let mut roots = RootCertStore::empty();
			for certificate in certificates(path)? {
				roots.add(certificate).map_err(unusable(path))?;
			}
			builder.with_root_certificates(roots)
		}
	};
	let config = match (&files.client_cert, &files.client_key) {
		(None, None) => builder.with_no_client_auth(),
		(None, Some(_)) => return Err(TlsFileError::KeyAlone),
		(Some(path), key_path) => builder
			.with_client_auth_cert(certificates(path)?, key(key_path.as_deref().unwrap_or(path))?)
			.map_err(unusable(path))?,
	};
	Ok(Arc::new(config).into())
}

/// Finds an error of this type among the causes of another.
fn among<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
	let mut next = Some(error);
	while let Some(error) = next {
		if let Some(found) = error.downcast_ref() {
			return Some(found);
		}
		// `source` of an I/O error skips the error that it wraps.
		next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
			Some(inner) => Some(inner),
			None => error.source(),
		};
	}
	None
}

/// Returns whether the connection itself ended.
pub(crate) fn is_io(error: &(dyn StdError + 'static)) -> bool {
	among::<io::Error>(error).is_some()
}

/// Finds what is wrong with an encrypted connection. `None` for errors of another kind.
pub(crate) fn fault(error: &(dyn StdError + 'static), with_client_cert: bool) -> Option<TlsFault> {
	Some(match among::<rustls::Error>(error)? {
		rustls::Error::InvalidCertificate(fault) => certificate_fault(fault),
		rustls::Error::AlertReceived(alert) => alert_fault(*alert, with_client_cert),
		rustls::Error::InvalidMessage(_) => TlsFault::Other(
			"the server does not encrypt (TLS); check the port, or give ws:// if the node is on \
			this machine",
		),
		rustls::Error::PeerIncompatible(_) => UNSAFE,
		rustls::Error::General(_) | rustls::Error::Other(_) => TlsFault::NoAuthorities,
		_ => {
			TlsFault::Other("the encryption failed; see the log of the proxy in front of the node")
		}
	})
}

/// Says what this machine has against the node's certificate.
fn certificate_fault(fault: &CertificateError) -> TlsFault {
	match fault {
		CertificateError::UnknownIssuer => TlsFault::UnknownSigner,
		CertificateError::Expired | CertificateError::ExpiredContext { .. } => TlsFault::Other(
			"its certificate has expired, or this machine's clock is wrong; have the certificate \
			renewed",
		),
		CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
			TlsFault::Other("its certificate is not valid yet; correct this machine's clock")
		}
		CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
			TlsFault::OtherName
		}
		CertificateError::Revoked => {
			TlsFault::Other("its certificate was revoked; its operator has to replace it")
		}
		_ => TlsFault::Other("its certificate cannot be trusted; its operator has to replace it"),
	}
}

/// Says why the server ended the encryption, from the alert that it sent.
fn alert_fault(alert: AlertDescription, with_client_cert: bool) -> TlsFault {
	match alert {
		AlertDescription::CertificateRequired | AlertDescription::NoCertificate => {
			TlsFault::NoClientCert
		}
		AlertDescription::BadCertificate
		| AlertDescription::UnsupportedCertificate
		| AlertDescription::CertificateRevoked
		| AlertDescription::CertificateExpired
		| AlertDescription::CertificateUnknown
		| AlertDescription::UnknownCA
		| AlertDescription::AccessDenied
		| AlertDescription::DecryptError
			if with_client_cert =>
		{
			TlsFault::Other(
				"it does not accept this client certificate; ask its operator whether it has \
				expired or was signed by somebody else",
			)
		}
		AlertDescription::BadCertificate
		| AlertDescription::AccessDenied
		| AlertDescription::HandshakeFailure
			if !with_client_cert =>
		{
			TlsFault::NoClientCert
		}
		AlertDescription::UnrecognisedName => TlsFault::UnknownHost,
		AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => UNSAFE,
		_ => TlsFault::Other("it ended the encryption; see its log"),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn file(name: &str) -> PathBuf {
		Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/tls").join(name)
	}

	fn client(cert: &str, key: Option<&str>) -> TlsFiles {
		TlsFiles {
			ca_file: Some(file("hospital.pem")),
			client_cert: Some(file(cert)),
			client_key: key.map(file),
		}
	}

	#[test]
	fn certificate_and_key_are_read_from_one_file_or_two() {
		for files in [
			client("machine.pem", Some("machine.key")),
			client("machine-with-key.pem", None),
			TlsFiles::default(),
		] {
			connector(&files).map(drop).unwrap();
		}
	}

	#[test]
	fn an_unusable_file_is_named_with_the_reason() {
		let fails = |files: TlsFiles| connector(&files).map(drop).unwrap_err().to_string();
		let text = fails(client("machine.pem", Some("locked.key")));
		assert!(text.contains("locked.key") && text.contains("without a password"), "{text}");
		let text = fails(client("machine.pem", None));
		assert!(text.contains("machine.pem") && text.contains("private key"), "{text}");
		let text = fails(client("machine.pem", Some("node.key")));
		assert!(text.contains("belongs to another"), "{text}");
		let text = fails(client("machine.key", Some("machine.key")));
		assert!(text.contains("no certificate"), "{text}");
		let text = fails(client("nothing.pem", None));
		assert!(text.contains("cannot read") && text.contains("nothing.pem"), "{text}");
		let alone = TlsFiles { client_key: Some(file("machine.key")), ..TlsFiles::default() };
		assert!(fails(alone).contains("without its certificate"));
	}

	#[test]
	fn a_fault_is_found_behind_io_errors() {
		let alert = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
		let inner = io::Error::new(io::ErrorKind::InvalidData, alert);
		let outer = io::Error::other(inner);
		assert!(fault(&outer, true).unwrap().to_string().contains("does not accept"));
		assert_eq!(fault(&io::Error::other("no route"), true), None);
	}
}
