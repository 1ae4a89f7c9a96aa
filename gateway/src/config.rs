//! The configuration file.

use std::{
	net::SocketAddr,
	num::NonZeroU32,
	os::unix::fs::PermissionsExt,
	path::{Component, Path, PathBuf},
};

use salus_client::primitives::{OrganisationId, Purpose};
use serde::Deserialize;

use crate::hl7::Hl7Config;

/// The configuration, in TOML. Paths are relative to the file's folder.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Config {
	/// Address to listen at.
	pub(crate) listen: SocketAddr,
	/// Address at which Prometheus gets metrics; `None` for none.
	pub(crate) metrics: Option<SocketAddr>,
	/// Certificate and key of the server; `None` if a proxy before it speaks TLS.
	pub(crate) tls: Option<TlsConfig>,
	/// Public address of the server, such as `https://fhir.example.org`. FHIR is below `/fhir`.
	pub(crate) base: String,
	/// Address of the hospital's node.
	pub(crate) node: String,
	/// Hash of the chain's first block, in hexadecimal; `None` takes it from the node at the first
	/// connection.
	pub(crate) genesis: Option<String>,
	/// Folder that keeps state between runs.
	pub(crate) state: PathBuf,
	/// The organisation for which clients write.
	pub(crate) organisation: OrganisationId,
	/// File with the secret under which the hospital's own identifiers of patients are kept. A
	/// plain name is a systemd credential; `None` keeps none.
	pub(crate) identifiers: Option<PathBuf>,
	/// Whether clients may use development accounts, whose secrets everybody knows.
	#[serde(default)]
	pub(crate) development: bool,
	/// The SMART clients.
	#[serde(default, rename = "client")]
	pub(crate) clients: Vec<ClientConfig>,
	/// Addresses at which HL7 v2 is received.
	#[serde(default)]
	pub(crate) hl7: Vec<Hl7Config>,
}

/// The files of the server's TLS, in PEM.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct TlsConfig {
	/// The server's certificate, with the certificates of the intermediate authorities.
	pub(crate) certificate: PathBuf,
	/// The server's private key. A plain name is a systemd credential.
	pub(crate) key: PathBuf,
	/// Certificates of the authorities that sign clients' certificates; `None` if clients have
	/// none.
	pub(crate) client_ca: Option<PathBuf>,
}

impl TlsConfig {
	/// Finds the files, which are named relative to a folder.
	fn locate(&mut self, folder: &Path) {
		self.certificate = folder.join(&self.certificate);
		self.key = located(folder, &self.key);
		self.client_ca = self.client_ca.as_ref().map(|path| folder.join(path));
	}
}

/// A SMART client.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct ClientConfig {
	/// The client's `client_id`.
	pub(crate) id: String,
	/// The client's public keys, as a JSON Web Key Set. They verify its assertions.
	pub(crate) keys: Option<PathBuf>,
	/// Name in its certificate, as an alternative to assertions: a DNS name or a URI.
	pub(crate) certificate: Option<String>,
	/// The keystore file of its account.
	pub(crate) keystore: Option<PathBuf>,
	/// File with the keystore's password. A plain name is a systemd credential.
	pub(crate) password: Option<PathBuf>,
	/// A development account instead, such as `//Bob`.
	pub(crate) account: Option<String>,
	/// Scopes that it can get, separated by spaces, such as `system/DocumentReference.crs`.
	pub(crate) scopes: String,
	/// Purposes for which it can ask; the first is taken if it names none.
	pub(crate) purposes: Vec<Purpose>,
	/// Requests per second that it may sustain; `None` for the default.
	pub(crate) requests_per_second: Option<NonZeroU32>,
	/// Addresses at which it can be notified.
	#[serde(default, rename = "endpoint")]
	pub(crate) endpoints: Vec<EndpointConfig>,
}

/// An address that takes notifications.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct EndpointConfig {
	/// The address, as a Subscription names it.
	pub(crate) url: String,
	/// File with what the header `Authorization` says, such as `Bearer` and a token. A plain name
	/// is a systemd credential; `None` sends no such header.
	pub(crate) authorization: Option<PathBuf>,
	/// Certificates of the authorities that may sign the address's certificate, in PEM; `None`
	/// takes the authorities that the machine trusts.
	pub(crate) ca: Option<PathBuf>,
}

/// Reason why the configuration cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
	/// A file cannot be read.
	#[error("cannot read {}; check the path and its permissions", path.display())]
	Read {
		/// Path of the file.
		path: PathBuf,
		/// Error of the operating system.
		#[source]
		source: std::io::Error,
	},
	/// The file is not a configuration.
	#[error("{} is not a configuration: {reason}", path.display())]
	Form {
		/// Path of the file.
		path: PathBuf,
		/// The fault, with its place.
		reason: String,
	},
	/// A value makes no sense.
	#[error("{0}")]
	Value(String),
}

impl Config {
	pub(crate) fn read(path: &Path) -> Result<Self, ConfigError> {
		let text = read(path)?;
		let mut config: Self = toml::from_str(&text).map_err(|error| ConfigError::Form {
			path: path.to_owned(),
			// The library's own text would show lines of the file.
			reason: error.message().to_owned(),
		})?;
		let folder = path.parent().unwrap_or(Path::new("."));
		config.state = folder.join(&config.state);
		config.identifiers = config.identifiers.as_ref().map(|path| located(folder, path));
		let of_hl7 = config.hl7.iter_mut().filter_map(|one| one.tls.as_mut());
		for tls in config.tls.iter_mut().chain(of_hl7) {
			tls.locate(folder);
		}
		for client in &mut config.clients {
			client.keys = client.keys.as_ref().map(|path| folder.join(path));
			client.keystore = client.keystore.as_ref().map(|path| folder.join(path));
			client.password = client.password.as_ref().map(|path| located(folder, path));
			for endpoint in &mut client.endpoints {
				let authorization = endpoint.authorization.as_ref();
				endpoint.authorization = authorization.map(|path| located(folder, path));
				endpoint.ca = endpoint.ca.as_ref().map(|path| folder.join(path));
			}
		}
		while config.base.ends_with('/') {
			config.base.pop();
		}
		let is_secure = config.base.starts_with("https://");
		let is_for_development = config.development && config.base.starts_with("http://");
		if !is_secure && !is_for_development {
			let text =
				"`base` must begin with https://, even behind a proxy, because clients name \
			            it as the audience of their assertions; give the public address, or, for a \
			            trial with http://, set `development = true`";
			return Err(ConfigError::Value(text.into()));
		}
		let has_authorities = config.tls.as_ref().is_some_and(|tls| tls.client_ca.is_some());
		if !has_authorities && config.clients.iter().any(|client| client.certificate.is_some()) {
			let text =
				"a client has a `certificate`, but no authority signs it; set `client_ca` in [tls]";
			return Err(ConfigError::Value(text.into()));
		}
		for one in &config.hl7 {
			one.check(config.identifiers.is_some())?;
		}
		for setting in config.open_secrets(credentials().as_deref()) {
			tracing::warn!(
				setting,
				"other users can read or change this file, which has a secret; let only the \
				 server's user read it (chmod 600)"
			);
		}
		Ok(config)
	}

	/// Returns the settings whose file has a secret that other users can read or change. systemd
	/// protects its credentials itself, whatever their modes say.
	fn open_secrets(&self, credentials: Option<&Path>) -> Vec<String> {
		let is_open = |path: &Path| {
			let is_credential = credentials.is_some_and(|folder| path.starts_with(folder));
			let mode = std::fs::metadata(path).map(|file| file.permissions().mode());
			!is_credential && mode.is_ok_and(|mode| mode & OTHERS != 0)
		};
		let secrets = self.secrets().into_iter().filter(|(_, path)| is_open(path));
		secrets.map(|(setting, _)| setting).collect()
	}

	/// Returns the files with secrets, each with the setting that names it.
	fn secrets(&self) -> Vec<(String, &Path)> {
		let mut secrets = Vec::new();
		if let Some(path) = &self.identifiers {
			secrets.push(("identifiers".to_owned(), path.as_path()));
		}
		if let Some(tls) = &self.tls {
			secrets.push(("key in [tls]".to_owned(), tls.key.as_path()));
		}
		for one in &self.hl7 {
			let setting = format!("key in [hl7.tls] of {}", one.listen);
			secrets.extend(one.tls.as_ref().map(|tls| (setting, tls.key.as_path())));
		}
		for client in &self.clients {
			let setting = format!("password of client {}", client.id);
			secrets.extend(client.password.as_deref().map(|path| (setting, path)));
			for endpoint in &client.endpoints {
				let setting = format!("authorization of an endpoint of client {}", client.id);
				secrets.extend(endpoint.authorization.as_deref().map(|path| (setting, path)));
			}
		}
		secrets
	}
}

/// Permissions of a file that users other than its owner have.
const OTHERS: u32 = 0o077;

/// Returns the folder in which systemd gave credentials.
fn credentials() -> Option<PathBuf> {
	std::env::var_os("CREDENTIALS_DIRECTORY").map(PathBuf::from)
}

pub(crate) fn read(path: &Path) -> Result<String, ConfigError> {
	std::fs::read_to_string(path)
		.map_err(|source| ConfigError::Read { path: path.to_owned(), source })
}

/// Returns where a secret's file is: a plain name is a credential, if systemd gave any.
fn located(folder: &Path, path: &Path) -> PathBuf {
	located_in(credentials().as_deref(), folder, path)
}

/// Returns where a secret's file is, if systemd gave its credentials in a folder.
fn located_in(credentials: Option<&Path>, folder: &Path, path: &Path) -> PathBuf {
	let mut parts = path.components();
	match (credentials, parts.next(), parts.next()) {
		(Some(credentials), Some(Component::Normal(name)), None) => credentials.join(name),
		_ => folder.join(path),
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::Password;

	const TEXT: &str = r#"
		listen = "127.0.0.1:8480"
		base = "https://fhir.example.org/"
		node = "ws://127.0.0.1:9944"
		state = "state"
		organisation = 1

		[[client]]
		id = "his"
		keys = "his.jwks.json"
		keystore = "his.json"
		password = "his-password"
		scopes = "system/*.rs"
		purposes = ["TREAT", "HOPERAT"]
	"#;

	fn config(text: &str) -> Result<Config, ConfigError> {
		let folder = tempfile::tempdir().unwrap();
		let path = folder.path().join("gateway.toml");
		std::fs::write(&path, text).unwrap();
		let config = Config::read(&path);
		if let Ok(config) = &config {
			assert!(config.state.starts_with(folder.path()));
		}
		config
	}

	#[test]
	fn a_configuration_is_read() {
		let config = config(TEXT).unwrap();
		assert_eq!(config.base, "https://fhir.example.org");
		assert_eq!(config.clients[0].purposes, [Purpose::TREAT, Purpose::HOPERAT]);
		assert!(config.clients[0].keys.as_ref().unwrap().is_absolute());
		assert_eq!(config.clients[0].requests_per_second, None);
	}

	#[test]
	fn a_client_has_the_rate_that_it_is_given() {
		let config = config(&format!("{TEXT}requests_per_second = 250")).unwrap();
		assert_eq!(config.clients[0].requests_per_second.map(NonZeroU32::get), Some(250));
	}

	#[test]
	fn a_trial_needs_no_certificate() {
		let plain = TEXT.replace("https://", "http://");
		let error = config(&plain).unwrap_err().to_string();
		assert!(error.contains("`development = true`"), "{error}");
		let trial = plain.replace("organisation = 1", "organisation = 1\ndevelopment = true");
		assert_eq!(config(&trial).unwrap().base, "http://fhir.example.org");
	}

	#[test]
	fn a_plain_name_is_a_credential() {
		let root = tempfile::tempdir().unwrap();
		let [credentials, folder] = ["run/unit", "etc"].map(|name| root.path().join(name));
		for (path, text) in [
			(credentials.join("his"), "of the unit"),
			(folder.join("his"), "of the folder"),
			(folder.join("lab"), "of the folder"),
			// Beside the credentials: of another unit.
			(root.path().join("run/other"), "of another"),
		] {
			std::fs::create_dir_all(path.parent().unwrap()).unwrap();
			std::fs::write(path, text).unwrap();
		}
		let length = |credentials: Option<&Path>, name: &str| {
			let password = Password::from_file(&located_in(credentials, &folder, name.as_ref()));
			password.map(|password| password.length()).map_err(|error| error.to_string())
		};
		let given = Some(&*credentials);
		assert_eq!(length(given, "his"), Ok("of the unit".len()));
		assert_eq!(length(None, "his"), Ok("of the folder".len()));
		let whole = folder.join("lab");
		for path in ["./his", "../etc/lab", whole.to_str().unwrap()] {
			assert_eq!(length(given, path), Ok("of the folder".len()), "{path}");
		}
		// A credential that systemd did not give is not sought elsewhere, and no name leads
		// elsewhere.
		for (name, place) in [
			("lab", &credentials),
			("../other", &folder),
			("x/../../other", &folder),
			("..", &folder),
			(".", &folder),
		] {
			let error = length(given, name).unwrap_err();
			let named = place.join(name).display().to_string();
			assert!(error.contains(&named), "{name}: {error}");
		}
	}

	#[test]
	fn a_secret_that_others_can_read_is_named() {
		let folder = tempfile::tempdir().unwrap();
		let text = TEXT.replace("organisation = 1", "organisation = 1\nidentifiers = \"./secret\"")
			+ "[[client.endpoint]]\nurl = \"https://his.example\"\nauthorization = \"./token\"\n\
			   [tls]\ncertificate = \"tls.pem\"\nkey = \"./tls-key\"\n\
			   [[hl7]]\nlisten = \"127.0.0.1:2575\"\nclient = \"his\"\ncategory = \"laboratory\"\n\
			   [hl7.tls]\ncertificate = \"hl7.pem\"\nkey = \"./hl7-key\"\n";
		let text = text.replace("\"his-password\"", "\"./his-password\"");
		let path = folder.path().join("gateway.toml");
		std::fs::write(&path, text).unwrap();
		let files = ["secret", "tls-key", "hl7-key", "his-password", "token"];
		for name in files {
			std::fs::write(folder.path().join(name), "secret").unwrap();
		}
		let open = |mode: u32, credentials: Option<&Path>| {
			for name in files {
				let mode = std::fs::Permissions::from_mode(mode);
				std::fs::set_permissions(folder.path().join(name), mode).unwrap();
			}
			Config::read(&path).unwrap().open_secrets(credentials)
		};
		let all = [
			"identifiers",
			"key in [tls]",
			"key in [hl7.tls] of 127.0.0.1:2575",
			"password of client his",
			"authorization of an endpoint of client his",
		];
		for mode in [0o644, 0o640, 0o602] {
			assert_eq!(open(mode, None), all, "{mode:o}");
		}
		for mode in [0o600, 0o400] {
			assert!(open(mode, None).is_empty(), "{mode:o}");
		}
		assert!(open(0o440, Some(folder.path())).is_empty(), "a credential of systemd");
	}

	#[test]
	fn a_faulty_configuration_is_refused() {
		for (from, to) in [
			("https://", "http://"),
			("organisation = 1", ""),
			("organisation = 1", "organisation = 1\nsecret = 5"),
			("TREAT", "CURIOSITY"),
			("scopes", "requests_per_second = 0\nscopes"),
			("127.0.0.1:8480", "here"),
			("keys =", "certificate = \"his.example\"\nkeys ="),
		] {
			let error = config(&TEXT.replace(from, to)).unwrap_err();
			assert!(!error.to_string().contains("secret = 5"), "{error}");
		}
	}
}
