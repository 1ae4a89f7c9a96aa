//! Encrypted connections: whom to trust, who one is, and what went wrong in words.

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

/// No file of certificates is larger; other files are refused before they are read.
const MAX_FILE: u64 = 1024 * 1024;

/// The files of an encrypted connection, in PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TlsFiles {
	/// The certificates of those who may sign the node's; none for those that this machine trusts.
	pub ca_file: Option<PathBuf>,
	/// The certificate by which the node, or the proxy in front of it, knows this machine.
	pub client_cert: Option<PathBuf>,
	/// Its private key; none if it lies in the file of the certificate.
	pub client_key: Option<PathBuf>,
}

/// Why a file of an encrypted connection does not serve.
#[derive(Debug, thiserror::Error)]
pub enum TlsFileError {
	/// It cannot be read.
	#[error("cannot read {}", path.display())]
	Read {
		/// Which file.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// It holds no certificate.
	#[error("{} holds no certificate in PEM (BEGIN CERTIFICATE)", path.display())]
	NoCertificate {
		/// Which file.
		path: PathBuf,
	},
	/// It holds no private key.
	#[error("{} holds no private key in PEM that opens without a password (BEGIN PRIVATE KEY); export one with `openssl pkcs8 -nocrypt`", path.display())]
	NoKey {
		/// Which file.
		path: PathBuf,
	},
	/// A key without its certificate.
	#[error("a client key was given without its certificate; give that with --client-cert")]
	KeyAlone,
	/// Certificate or key cannot be used.
	#[error("the certificate in {} cannot be used, or its key is that of another", path.display())]
	Unusable {
		/// Which file.
		path: PathBuf,
		/// What the library said.
		#[source]
		source: rustls::Error,
	},
	/// The library cannot be set up.
	#[error("encrypted connections cannot be made on this machine")]
	Library(#[source] rustls::Error),
}

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

/// Prepares encrypted connections.
pub(crate) fn connector(files: &TlsFiles) -> Result<TlsConnector, TlsFileError> {
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

/// An error of this type among the causes of another.
fn among<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
	let mut next = Some(error);
	while let Some(error) = next {
		if let Some(found) = error.downcast_ref() {
			return Some(found);
		}
		// An error of input and output hides the one that it carries from `source`.
		next = match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
			Some(inner) => Some(inner),
			None => error.source(),
		};
	}
	None
}

/// Whether the connection itself ended.
pub(crate) fn is_io(error: &(dyn StdError + 'static)) -> bool {
	among::<io::Error>(error).is_some()
}

/// What is wrong with an encrypted connection, and what to do; none if the error is of another kind.
pub(crate) fn fault(
	error: &(dyn StdError + 'static),
	with_client_cert: bool,
) -> Option<&'static str> {
	const WANTED: &str = "it lets in only machines that it knows by a client certificate; give one with --client-cert and \
		--client-key";
	const NOT_TAKEN: &str = "it does not take this client certificate; ask whoever runs it whether it has expired or was \
		signed by somebody else";
	const UNSAFE: &str = "it speaks only versions or ciphers of TLS that are no longer safe; whoever runs it has to allow \
		TLS 1.2 or 1.3";
	Some(match among::<rustls::Error>(error)? {
		rustls::Error::InvalidCertificate(fault) => match fault {
			CertificateError::UnknownIssuer => {
				"nobody whom this machine trusts has signed its certificate; if the hospital signs its own, give the \
				 signer's certificate with --ca-file"
			}
			CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
				"its certificate has expired, or this machine's clock is wrong; have it renewed"
			}
			CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
				"its certificate is not valid yet; set this machine's clock right"
			}
			CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
				"its certificate is for another name; give the name that stands in it with --url"
			}
			CertificateError::Revoked => "its certificate was revoked; whoever runs it has to replace it",
			_ => "its certificate cannot be trusted; whoever runs it has to replace it",
		},
		rustls::Error::AlertReceived(alert) => match alert {
			AlertDescription::CertificateRequired | AlertDescription::NoCertificate => WANTED,
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
				NOT_TAKEN
			}
			AlertDescription::BadCertificate
			| AlertDescription::AccessDenied
			| AlertDescription::HandshakeFailure
				if !with_client_cert =>
			{
				WANTED
			}
			AlertDescription::UnrecognisedName => {
				"it serves no host of this name; give the name that its operator published with --url"
			}
			AlertDescription::ProtocolVersion | AlertDescription::InsufficientSecurity => UNSAFE,
			_ => "it broke off the encryption; see its log",
		},
		rustls::Error::InvalidMessage(_) => {
			"what answers there does not encrypt (TLS); check the port, or give ws:// if the node is on this machine"
		}
		rustls::Error::PeerIncompatible(_) => UNSAFE,
		rustls::Error::General(_) | rustls::Error::Other(_) => {
			"this machine's list of whom to trust cannot be used; give the signer's certificate with --ca-file"
		}
		_ => "the encryption failed; see the log of the proxy in front of the node",
	})
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
	fn files_that_do_not_serve_are_named_with_the_reason() {
		let fails = |files: TlsFiles| connector(&files).map(drop).unwrap_err().to_string();
		let text = fails(client("machine.pem", Some("locked.key")));
		assert!(text.contains("locked.key") && text.contains("without a password"), "{text}");
		let text = fails(client("machine.pem", None));
		assert!(text.contains("machine.pem") && text.contains("private key"), "{text}");
		let text = fails(client("machine.pem", Some("node.key")));
		assert!(text.contains("that of another"), "{text}");
		let text = fails(client("machine.key", Some("machine.key")));
		assert!(text.contains("no certificate"), "{text}");
		let text = fails(client("nothing.pem", None));
		assert!(text.contains("cannot read") && text.contains("nothing.pem"), "{text}");
		let alone = TlsFiles { client_key: Some(file("machine.key")), ..TlsFiles::default() };
		assert!(fails(alone).contains("--client-cert"));
	}

	#[test]
	fn a_fault_is_found_behind_errors_of_input_and_output() {
		let alert = rustls::Error::AlertReceived(AlertDescription::UnknownCA);
		let inner = io::Error::new(io::ErrorKind::InvalidData, alert);
		let outer = io::Error::other(inner);
		assert!(fault(&outer, true).unwrap().contains("does not take"));
		assert_eq!(fault(&io::Error::other("no route"), true), None);
	}
}
