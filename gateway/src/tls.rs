//! TLS by the server itself: its certificate and key, read again when they are renewed.

use std::{
	fs::File,
	io::{self, Read},
	path::{Path, PathBuf},
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant, SystemTime},
};

use rustls::{
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer},
	server::{ClientHello, ResolvesServerCert},
	sign::CertifiedKey,
	ServerConfig,
};
use zeroize::Zeroizing;

use crate::config::TlsConfig;

/// Largest certificate or key file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Time after which the files are looked at again.
const LOOK: Duration = Duration::from_secs(60);

/// Why the certificate or key cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
	/// A file cannot be read.
	#[error("cannot read {}", path.display())]
	Read {
		/// The file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// A file holds neither.
	#[error("{} holds no {wanted} in PEM", path.display())]
	Missing {
		/// The file.
		path: PathBuf,
		/// Name of the missing part.
		wanted: &'static str,
	},
	/// They cannot be used, or do not belong to each other.
	#[error("the certificate cannot be used, or the key does not belong to it")]
	Unusable(#[source] rustls::Error),
}

/// Returns the configuration of a server that presents the certificate of these files.
pub(crate) fn server(config: &TlsConfig) -> Result<ServerConfig, TlsError> {
	let renewed = Renewed {
		config: config.clone(),
		current: Mutex::new(Current {
			key: Arc::new(read(config)?),
			changed: changed(config),
			looked: Instant::now(),
		}),
	};
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let builder =
		ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
	let mut server = builder
		.map_err(TlsError::Unusable)?
		.with_no_client_auth()
		.with_cert_resolver(Arc::new(renewed));
	server.alpn_protocols = vec![b"http/1.1".to_vec()];
	Ok(server)
}

/// A certificate that follows its files.
#[derive(Debug)]
struct Renewed {
	config: TlsConfig,
	current: Mutex<Current>,
}

#[derive(Debug)]
struct Current {
	key: Arc<CertifiedKey>,
	/// Times of the last changes of the files.
	changed: [Option<SystemTime>; 2],
	looked: Instant,
}

impl Renewed {
	/// Returns the certificate, once more from the files if these were changed. Whatever is wrong
	/// with them, the one in use stays.
	fn certificate(&self, now: Instant) -> Arc<CertifiedKey> {
		let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
		if now.saturating_duration_since(current.looked) >= LOOK {
			current.looked = now;
			let changed = changed(&self.config);
			if changed != current.changed {
				match read(&self.config) {
					Ok(key) => {
						current.key = Arc::new(key);
						current.changed = changed;
						tracing::info!("the certificate was renewed");
					}
					// The next look tries again: the second file may follow the first.
					Err(error) => tracing::warn!(
						"the renewed certificate is not used yet: {}",
						crate::chain_of(&error)
					),
				}
			}
		}
		current.key.clone()
	}
}

impl ResolvesServerCert for Renewed {
	fn resolve(&self, _: ClientHello<'_>) -> Option<Arc<CertifiedKey>> {
		Some(self.certificate(Instant::now()))
	}
}

fn changed(config: &TlsConfig) -> [Option<SystemTime>; 2] {
	[&config.certificate, &config.key]
		.map(|path| std::fs::metadata(path).and_then(|metadata| metadata.modified()).ok())
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
	let failed = |source| TlsError::Read { path: path.to_owned(), source };
	let mut bytes = Zeroizing::new(Vec::new());
	let file = File::open(path).map_err(failed)?;
	file.take(MAX_FILE).read_to_end(&mut bytes).map_err(failed)?;
	Ok(bytes)
}

fn read(config: &TlsConfig) -> Result<CertifiedKey, TlsError> {
	let TlsConfig { certificate, key } = config;
	let missing = |path: &Path, wanted| TlsError::Missing { path: path.to_owned(), wanted };
	let chain = bytes(certificate)?;
	let chain: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&chain).collect();
	let chain = chain.ok().filter(|chain| !chain.is_empty());
	let chain = chain.ok_or_else(|| missing(certificate, "certificate"))?;
	let key_bytes = bytes(key)?;
	let private = PrivateKeyDer::from_pem_slice(&key_bytes)
		.map_err(|_| missing(key, "private key that opens without a password"))?;
	let provider = rustls::crypto::ring::default_provider();
	CertifiedKey::from_der(chain, private, &provider).map_err(TlsError::Unusable)
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use std::process::Command;

	/// Makes a certificate for a name, and its key.
	pub(crate) fn make(folder: &Path, name: &str, to: &TlsConfig) {
		let status = Command::new("openssl")
			.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"])
			.args(["-nodes", "-days", "1", "-subj", &format!("/CN={name}")])
			.arg("-addext")
			.arg(format!("subjectAltName=DNS:{name}"))
			.arg("-keyout")
			.arg(&to.key)
			.arg("-out")
			.arg(&to.certificate)
			.current_dir(folder)
			.output()
			.expect("openssl; scripts/setup --tests installs it")
			.status;
		assert!(status.success());
	}

	pub(crate) fn files(folder: &Path) -> TlsConfig {
		TlsConfig { certificate: folder.join("cert.pem"), key: folder.join("key.pem") }
	}

	#[test]
	fn a_renewed_certificate_is_used() {
		let folder = tempfile::tempdir().unwrap();
		let config = files(folder.path());
		make(folder.path(), "one.example", &config);
		let renewed = Renewed {
			config: config.clone(),
			current: Mutex::new(Current {
				key: Arc::new(read(&config).unwrap()),
				changed: [None; 2],
				looked: Instant::now(),
			}),
		};
		let first = renewed.certificate(Instant::now()).cert.clone();
		make(folder.path(), "two.example", &config);
		assert_eq!(renewed.certificate(Instant::now()).cert, first, "looks once a minute");
		let later = Instant::now() + LOOK;
		let second = renewed.certificate(later).cert.clone();
		assert_ne!(second, first);
		// One that cannot be used leaves the one in use.
		std::fs::write(&config.key, "no key").unwrap();
		assert_eq!(renewed.certificate(later + LOOK).cert, second);
		assert!(matches!(server(&config), Err(TlsError::Missing { .. })));
	}

	#[test]
	fn a_key_of_another_certificate_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let (one, other) = (files(folder.path()), tempfile::tempdir().unwrap());
		make(folder.path(), "one.example", &one);
		let two = files(other.path());
		make(other.path(), "two.example", &two);
		let mixed = TlsConfig { certificate: one.certificate.clone(), key: two.key };
		assert!(matches!(server(&mixed), Err(TlsError::Unusable(_))));
		assert!(server(&one).is_ok());
	}
}
