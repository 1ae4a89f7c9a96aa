//! TLS by the server itself: its certificate and key, and the authorities of its clients'
//! certificates, read again when they are renewed.

use std::{
	cell::Cell,
	fs::File,
	io::{self, Read},
	path::{Path, PathBuf},
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant, SystemTime},
};

use rustls::{
	client::danger::HandshakeSignatureValid,
	crypto::CryptoProvider,
	pki_types::{pem::PemObject, CertificateDer, PrivateKeyDer, UnixTime},
	server::{
		danger::{ClientCertVerified, ClientCertVerifier},
		NoServerSessionStorage, WebPkiClientVerifier,
	},
	sign::{CertifiedKey, SingleCertAndKey},
	CertificateError, DigitallySignedStruct, DistinguishedName, RootCertStore, ServerConfig,
	SignatureScheme,
};
use tokio_rustls::TlsAcceptor;
use webpki::{EndEntityCert, ExtendedKeyUsageValidator, KeyPurposeId, KeyPurposeIdIter};
use zeroize::Zeroizing;

use crate::config::TlsConfig;

/// Largest certificate or key file, in bytes.
const MAX_FILE: u64 = 1024 * 1024;

/// Time after which the files are looked at again.
const LOOK: Duration = Duration::from_secs(60);

/// Reason why the files of TLS cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
	/// A file cannot be read.
	#[error("cannot read {}; check the path and its permissions", path.display())]
	Read {
		/// Path of the file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: io::Error,
	},
	/// A file is too large.
	#[error("{} is larger than 1 MiB; keep only the certificates in it", path.display())]
	TooLarge {
		/// Path of the file.
		path: PathBuf,
	},
	/// A file does not hold what is wanted: a certificate or a key.
	#[error("{} holds no {wanted} in PEM; give another file", path.display())]
	Missing {
		/// Path of the file.
		path: PathBuf,
		/// Name of the missing part.
		wanted: &'static str,
	},
	/// The certificate or its key cannot be used, or they do not belong to each other.
	#[error("the certificate cannot be used, or the key does not belong to it; check both files")]
	Unusable(#[source] rustls::Error),
	/// One of the certificates of the clients' authorities cannot be used.
	#[error("{} has a certificate that is not an authority's; remove it", path.display())]
	Authority {
		/// Path of the file.
		path: PathBuf,
	},
}

/// TLS of the server. It follows its files.
pub(crate) struct Tls {
	config: TlsConfig,
	current: Mutex<Current>,
}

struct Current {
	server: Arc<ServerConfig>,
	/// Times of the last changes of the files.
	changed: [Option<SystemTime>; 3],
	looked: Instant,
}

impl Tls {
	pub(crate) fn new(config: TlsConfig) -> Result<Self, TlsError> {
		let changed = changed(&config);
		let server = Arc::new(server(&config)?);
		let current = Mutex::new(Current { server, changed, looked: Instant::now() });
		Ok(Self { config, current })
	}

	/// Returns what accepts the next connection.
	pub(crate) fn acceptor(&self) -> TlsAcceptor {
		self.at(Instant::now()).into()
	}

	/// Returns whether a peer that must prove who it is, if there are authorities, has done so.
	pub(crate) fn admits(&self, certificates: Option<&[CertificateDer<'_>]>) -> bool {
		self.config.client_ca.is_none() || certificates.is_some_and(|chain| !chain.is_empty())
	}

	/// Returns the configuration, read again if its files have changed. If the new files have a
	/// fault, the configuration in use stays.
	fn at(&self, now: Instant) -> Arc<ServerConfig> {
		let mut current = self.current.lock().unwrap_or_else(PoisonError::into_inner);
		if now.saturating_duration_since(current.looked) >= LOOK {
			current.looked = now;
			let changed = changed(&self.config);
			if changed != current.changed {
				match server(&self.config) {
					Ok(server) => {
						current.server = Arc::new(server);
						current.changed = changed;
						tracing::info!("the certificates were renewed");
					}
					// The next look tries again: the second file may follow the first.
					Err(error) => tracing::warn!(
						"the renewed certificates are not used yet: {}",
						crate::chain_of(&error)
					),
				}
			}
		}
		current.server.clone()
	}
}

/// Returns the configuration of a server with these files.
fn server(config: &TlsConfig) -> Result<ServerConfig, TlsError> {
	let key = Arc::new(read(config)?);
	let provider = Arc::new(rustls::crypto::ring::default_provider());
	let builder = ServerConfig::builder_with_provider(provider.clone())
		.with_safe_default_protocol_versions()
		.map_err(TlsError::Unusable)?;
	let builder = match &config.client_ca {
		None => builder.with_no_client_auth(),
		Some(path) => {
			builder.with_client_cert_verifier(Arc::new(Authorities::read(path, provider)?))
		}
	};
	let mut server = builder.with_cert_resolver(Arc::new(SingleCertAndKey::from(key)));
	server.alpn_protocols = vec![b"http/1.1".to_vec()];
	if config.client_ca.is_some() {
		// A session that is resumed would keep a certificate that has expired.
		server.session_storage = Arc::new(NoServerSessionStorage {});
		server.send_tls13_tickets = 0;
	}
	Ok(server)
}

/// The authorities that sign clients' certificates. A client may have none.
#[derive(Debug)]
struct Authorities {
	roots: Arc<RootCertStore>,
	verifier: Arc<dyn ClientCertVerifier>,
}

impl Authorities {
	fn read(path: &Path, provider: Arc<CryptoProvider>) -> Result<Self, TlsError> {
		let mut roots = RootCertStore::empty();
		for certificate in certificates(path)? {
			let added = roots.add(certificate);
			added.map_err(|_| TlsError::Authority { path: path.to_owned() })?;
		}
		let roots = Arc::new(roots);
		let verifier = WebPkiClientVerifier::builder_with_provider(roots.clone(), provider)
			.allow_unauthenticated()
			.build()
			.map_err(|_| TlsError::Authority { path: path.to_owned() })?;
		Ok(Self { roots, verifier })
	}
}

impl ClientCertVerifier for Authorities {
	fn client_auth_mandatory(&self) -> bool {
		false
	}

	fn root_hint_subjects(&self) -> &[DistinguishedName] {
		self.verifier.root_hint_subjects()
	}

	fn verify_client_cert(
		&self,
		end_entity: &CertificateDer<'_>,
		intermediates: &[CertificateDer<'_>],
		now: UnixTime,
	) -> Result<ClientCertVerified, rustls::Error> {
		let verified = self.verifier.verify_client_cert(end_entity, intermediates, now)?;
		// rustls takes a certificate without any purposes, too.
		let algorithms = webpki::ALL_VERIFICATION_ALGS;
		let certificate = EndEntityCert::try_from(end_entity);
		let for_clients = certificate.and_then(|certificate| {
			let roots = &self.roots.roots;
			let usage = ForClients::default();
			certificate
				.verify_for_usage(algorithms, roots, intermediates, now, usage, None, None)
				.map(|_| ())
		});
		for_clients
			.map_err(|_| rustls::Error::InvalidCertificate(CertificateError::InvalidPurpose))?;
		Ok(verified)
	}

	fn verify_tls12_signature(
		&self,
		message: &[u8],
		certificate: &CertificateDer<'_>,
		signed: &DigitallySignedStruct,
	) -> Result<HandshakeSignatureValid, rustls::Error> {
		self.verifier.verify_tls12_signature(message, certificate, signed)
	}

	fn verify_tls13_signature(
		&self,
		message: &[u8],
		certificate: &CertificateDer<'_>,
		signed: &DigitallySignedStruct,
	) -> Result<HandshakeSignatureValid, rustls::Error> {
		self.verifier.verify_tls13_signature(message, certificate, signed)
	}

	fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
		self.verifier.supported_verify_schemes()
	}
}

/// Requires the purpose `clientAuth` of a client's certificate. An intermediate authority's
/// certificate needs it only if it lists purposes. The client's certificate is asked for first.
#[derive(Default)]
struct ForClients {
	is_past_first: Cell<bool>,
}

impl ExtendedKeyUsageValidator for ForClients {
	fn validate(&self, purposes: KeyPurposeIdIter<'_, '_>) -> Result<(), webpki::Error> {
		// id-kp-clientAuth of RFC 5280.
		const CLIENT_AUTH: KeyPurposeId<'static> = KeyPurposeId::new(&[43, 6, 1, 5, 5, 7, 3, 2]);
		let mut is_empty = true;
		for purpose in purposes {
			if purpose? == CLIENT_AUTH {
				self.is_past_first.set(true);
				return Ok(());
			}
			is_empty = false;
		}
		match self.is_past_first.replace(true) && is_empty {
			true => Ok(()),
			false => Err(webpki::Error::ExtensionValueInvalid),
		}
	}
}

fn changed(config: &TlsConfig) -> [Option<SystemTime>; 3] {
	let files = [Some(&config.certificate), Some(&config.key), config.client_ca.as_ref()];
	files.map(|path| std::fs::metadata(path?).and_then(|metadata| metadata.modified()).ok())
}

fn bytes(path: &Path) -> Result<Zeroizing<Vec<u8>>, TlsError> {
	let failed = |source| TlsError::Read { path: path.to_owned(), source };
	let mut bytes = Zeroizing::new(Vec::new());
	let file = File::open(path).map_err(failed)?;
	file.take(MAX_FILE.saturating_add(1)).read_to_end(&mut bytes).map_err(failed)?;
	// Cut, it would lack the last authorities.
	match bytes.len() as u64 > MAX_FILE {
		true => Err(TlsError::TooLarge { path: path.to_owned() }),
		false => Ok(bytes),
	}
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TlsError> {
	let bytes = bytes(path)?;
	let all: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&bytes).collect();
	let all = all.ok().filter(|all| !all.is_empty());
	all.ok_or_else(|| TlsError::Missing { path: path.to_owned(), wanted: "certificate" })
}

fn read(config: &TlsConfig) -> Result<CertifiedKey, TlsError> {
	let chain = certificates(&config.certificate)?;
	let key = bytes(&config.key)?;
	let private = PrivateKeyDer::from_pem_slice(&key).map_err(|_| TlsError::Missing {
		path: config.key.clone(),
		wanted: "private key that opens without a password",
	})?;
	let provider = rustls::crypto::ring::default_provider();
	CertifiedKey::from_der(chain, private, &provider).map_err(TlsError::Unusable)
}

#[cfg(test)]
pub(crate) mod tests {
	use super::*;
	use crate::auth::{CertificateName, Peer};
	use std::process::Command;

	fn openssl(folder: &Path, arguments: &[&str]) {
		let made = Command::new("openssl").args(arguments).current_dir(folder).output();
		let made = made.expect("openssl; scripts/setup --tests installs it");
		assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
	}

	/// Makes a certificate that signs itself, or that `issuer` signs, and its key, in NAME.pem and
	/// NAME.key.
	pub(crate) fn sign(folder: &Path, name: &str, issuer: Option<&str>, extensions: &[&str]) {
		let [certificate, key] = ["pem", "key"].map(|kind| format!("{name}.{kind}"));
		let subject = format!("/CN={name}");
		let mut arguments = vec!["req", "-x509", "-newkey", "ec", "-nodes", "-days", "1"];
		arguments.extend(["-pkeyopt", "ec_paramgen_curve:P-256", "-subj", &subject]);
		arguments.extend(["-keyout", &key, "-out", &certificate]);
		for extension in extensions {
			arguments.extend(["-addext", extension]);
		}
		let [issuer_file, issuer_key] =
			["pem", "key"].map(|kind| format!("{}.{kind}", issuer.unwrap_or_default()));
		if issuer.is_some() {
			arguments.extend(["-CA", &issuer_file, "-CAkey", &issuer_key]);
		}
		openssl(folder, &arguments);
	}

	/// Makes a certificate for a name, and its key.
	pub(crate) fn make(folder: &Path, name: &str, to: &TlsConfig) {
		sign(folder, "made", None, &[&format!("subjectAltName=DNS:{name}")]);
		std::fs::rename(folder.join("made.key"), &to.key).unwrap();
		std::fs::rename(folder.join("made.pem"), &to.certificate).unwrap();
	}

	pub(crate) fn files(folder: &Path) -> TlsConfig {
		TlsConfig {
			certificate: folder.join("cert.pem"),
			key: folder.join("key.pem"),
			client_ca: None,
		}
	}

	#[test]
	fn renewed_certificates_are_used() {
		let folder = tempfile::tempdir().unwrap();
		let mut config = files(folder.path());
		make(folder.path(), "one.example", &config);
		config.client_ca = Some(folder.path().join("ca.pem"));
		let ca = ["basicConstraints=critical,CA:TRUE"];
		sign(folder.path(), "ca", None, &ca);
		let tls = Tls::new(config.clone()).unwrap();
		let first = tls.at(Instant::now());
		make(folder.path(), "two.example", &config);
		assert!(Arc::ptr_eq(&tls.at(Instant::now()), &first), "looks once a minute");
		let later = Instant::now() + LOOK;
		let second = tls.at(later);
		assert!(!Arc::ptr_eq(&second, &first));
		sign(folder.path(), "ca", None, &ca);
		let third = tls.at(later + LOOK);
		assert!(!Arc::ptr_eq(&third, &second));
		// Files that cannot be used leave the ones in use.
		std::fs::write(folder.path().join("ca.pem"), "no certificate").unwrap();
		assert!(Arc::ptr_eq(&tls.at(later + 2 * LOOK), &third));
		assert!(matches!(server(&config), Err(TlsError::Missing { .. })));
		sign(folder.path(), "ca", None, &ca);
		std::fs::write(&config.key, "no key").unwrap();
		assert!(Arc::ptr_eq(&tls.at(later + 3 * LOOK), &third));
		assert!(matches!(server(&config), Err(TlsError::Missing { .. })));
	}

	#[test]
	fn a_file_that_is_too_large_is_not_cut() {
		let folder = tempfile::tempdir().unwrap();
		sign(folder.path(), "ca", None, &["basicConstraints=critical,CA:TRUE"]);
		let path = folder.path().join("ca.pem");
		let mut text = std::fs::read_to_string(&path).unwrap();
		while text.len() as u64 <= MAX_FILE {
			text.push_str("# a comment between the certificates\n");
		}
		std::fs::write(&path, text).unwrap();
		assert!(matches!(certificates(&path), Err(TlsError::TooLarge { .. })));
	}

	#[test]
	fn a_key_of_another_certificate_is_refused() {
		let folder = tempfile::tempdir().unwrap();
		let (one, other) = (files(folder.path()), tempfile::tempdir().unwrap());
		make(folder.path(), "one.example", &one);
		let two = files(other.path());
		make(other.path(), "two.example", &two);
		let mixed = TlsConfig { key: two.key, ..one.clone() };
		assert!(matches!(server(&mixed), Err(TlsError::Unusable(_))));
		assert!(server(&one).is_ok());
	}

	#[test]
	fn only_a_clients_certificate_of_an_authority_counts() {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path();
		let ca = ["basicConstraints=critical,CA:TRUE"];
		let leaf = "basicConstraints=critical,CA:FALSE";
		let (for_clients, for_servers) =
			("extendedKeyUsage=clientAuth", "extendedKeyUsage=serverAuth");
		for name in ["ca", "other"] {
			sign(path, name, None, &ca);
		}
		sign(path, "between", Some("ca"), &ca);
		sign(path, "good", Some("ca"), &[leaf, for_clients, "subjectAltName=DNS:his.example"]);
		sign(path, "long", Some("between"), &[leaf, for_clients]);
		sign(path, "foreign", Some("other"), &[leaf, for_clients]);
		sign(path, "server", Some("ca"), &[leaf, for_servers]);
		sign(path, "any", Some("ca"), &[leaf]);
		sign(path, "alone", None, &[leaf, for_clients]);

		let provider = Arc::new(rustls::crypto::ring::default_provider());
		let authorities = Authorities::read(&path.join("ca.pem"), provider).unwrap();
		let of = |name: &str| certificates(&path.join(format!("{name}.pem"))).unwrap().remove(0);
		let verified = |name: &str, now: UnixTime| {
			authorities.verify_client_cert(&of(name), &[of("between")], now).is_ok()
		};
		let now = UnixTime::now();
		for (name, expected) in [
			("good", true),
			("long", true),
			("foreign", false),
			("server", false),
			("any", false),
			("alone", false),
			("between", false),
		] {
			assert_eq!(verified(name, now), expected, "{name}");
		}
		let later = Duration::from_secs(now.as_secs() + 3 * 24 * 3600);
		assert!(!verified("good", UnixTime::since_unix_epoch(later)), "it has expired");
		assert!(!authorities.client_auth_mandatory());
		let peer = Peer::of(&of("good")).unwrap();
		let has = |name: &str| peer.has(&CertificateName::parse(name).unwrap());
		assert!(has("HIS.example") && !has("example") && !has("good"));
		assert_ne!(Peer::of(&of("any")).unwrap().thumbprint(), peer.thumbprint());
	}
}
