//! What every command has: who acts, which node, where results go.

use std::{
	io::{self, Write},
	path::{Path, PathBuf},
	sync::Arc,
	time::{Duration, Instant},
};

use clap::{builder::FalseyValueParser, ArgAction, Args};
use salus_client::{
	keystore, primitives::OrganisationId, words, Account, Client, ConnectOptions, KeyError, Kubo,
	KuboOptions, Password, Patience, Progress, Signer, Source, StateDir, TlsFiles,
};
use serde::Serialize;

use crate::{
	book::Book,
	parse,
	progress::{progress, tell},
	show, Failure,
};

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
	/// The node's address: wss://HOST, or for a node on this machine ws://127.0.0.1:PORT.
	#[arg(long, global = true, env = "SALUS_URL", default_value = "ws://127.0.0.1:9944")]
	pub url: String,

	/// Permit ws:// to another machine: anyone on the way can read and change everything.
	/// Certificates are checked in any case.
	#[arg(
		long,
		global = true,
		env = "SALUS_INSECURE",
		action = ArgAction::SetTrue,
		value_parser = FalseyValueParser::new()
	)]
	pub insecure: bool,

	/// The certificates (PEM) of those who may sign the node's, instead of those that this machine trusts.
	#[arg(long, global = true, env = "SALUS_CA_FILE", value_name = "FILE")]
	pub ca_file: Option<PathBuf>,

	/// The certificate (PEM) by which the node knows this machine.
	#[arg(long, global = true, env = "SALUS_CLIENT_CERT", value_name = "FILE")]
	pub client_cert: Option<PathBuf>,

	/// The private key (PEM) of that certificate, if it lies in another file.
	#[arg(long, global = true, env = "SALUS_CLIENT_KEY", value_name = "FILE")]
	pub client_key: Option<PathBuf>,

	/// The account that acts: a keystore file or its name, or a development account such as //Alice.
	#[arg(long = "as", global = true, env = "SALUS_AS", value_name = "WHO")]
	pub who: Option<String>,

	/// A file whose first line is the keystore's password; without it the password is asked for.
	#[arg(long, global = true, env = "SALUS_PASSWORD_FILE", value_name = "FILE")]
	pub password_file: Option<PathBuf>,

	/// Write the result as JSON.
	#[arg(long, global = true)]
	pub json: bool,

	/// Where the state of uploads and keystores is kept [default: ~/.local/state/salus].
	#[arg(long, global = true, env = "SALUS_STATE_DIR", value_name = "FOLDER")]
	pub state_dir: Option<PathBuf>,
}

/// What every command has.
pub struct Context<'a> {
	pub(crate) global: Global,
	pub(crate) out: &'a mut (dyn Write + Send),
	pub(crate) progress: Arc<dyn Progress>,
	pub(crate) book: Arc<Book>,
	/// Until when the command waits for what is final, if that was said.
	pub(crate) until: Option<Instant>,
}

/// About whom a command is.
pub(crate) enum Whose {
	/// An account that was named.
	Named(Account),
	/// Whoever acts.
	Own(Account),
}

impl Whose {
	/// The account: of who acts, that of the patient who was brought back on it, if one was.
	pub(crate) async fn account(self, client: &Client) -> Result<Account, Failure> {
		match self {
			Self::Named(account) => Ok(account),
			Self::Own(account) => {
				let patient = client.now().acts_for(&account).await?;
				Ok(patient.unwrap_or(account))
			}
		}
	}
}

impl<'a> Context<'a> {
	/// A context that writes to `out`.
	pub fn new(global: Global, out: &'a mut (dyn Write + Send)) -> Self {
		let book = Book::open(global.state_dir.clone());
		if let Some(damage) = book.damage() {
			tell(&format!("warning: no names are shown: {damage}"));
		}
		Self { global, out, progress: progress(), book, until: None }
	}

	/// Connects to the node.
	pub(crate) async fn client(&self) -> Result<Client, Failure> {
		self.connect(Patience::default()).await
	}

	async fn connect(&self, patience: Patience) -> Result<Client, Failure> {
		let options = ConnectOptions {
			patience: Patience { until: self.until, ..patience },
			insecure: self.global.insecure,
			tls: TlsFiles {
				ca_file: self.global.ca_file.clone(),
				client_cert: self.global.client_cert.clone(),
				client_key: self.global.client_key.clone(),
			},
			progress: Some(self.progress.clone()),
		};
		Ok(Client::connect_with(&self.global.url, options).await?)
	}

	/// Connects to the node, to wait so long for hospitals.
	pub(crate) async fn client_that_waits(&self, release: Duration) -> Result<Client, Failure> {
		let patience = Patience { release, ..Patience::default() };
		self.connect(patience).await
	}

	/// Who acts.
	pub(crate) fn signer(&self) -> Result<Signer, Failure> {
		let who = self.global.who.as_deref().ok_or(Failure::WhoActs)?;
		let password = self.global.password_file.as_deref();
		self.load(who, password, "--password-file")
	}

	/// ` --as WHO`, for a command to be typed next; nothing where the environment says who acts.
	pub(crate) fn as_who(&self) -> String {
		match &self.global.who {
			Some(who) if std::env::var("SALUS_AS").ok().as_ref() != Some(who) => {
				let quote = if who.contains(char::is_whitespace) { "'" } else { "" };
				format!(" --as {quote}{who}{quote}")
			}
			_ => String::new(),
		}
	}

	/// Who acts, if it was said.
	pub(crate) fn optional_signer(&self) -> Result<Option<Signer>, Failure> {
		self.global.who.is_some().then(|| self.signer()).transpose()
	}

	/// The account that is named, or the one that acts.
	pub(crate) fn whose(&self, named: Option<Account>) -> Result<Whose, Failure> {
		Ok(match named {
			Some(named) => Whose::Named(named),
			None => Whose::Own(self.account()?),
		})
	}

	/// The account that acts, without its secret.
	pub(crate) fn account(&self) -> Result<Account, Failure> {
		let who = self.global.who.as_deref().ok_or(Failure::WhoActs)?;
		if who.starts_with("//") {
			return Ok(Signer::from_dev_uri(who)?.account());
		}
		Ok(keystore::info(&keystore::read(&self.keystore(who)?)?)?.account)
	}

	/// Opens an account by its development name or keystore. `option` is the one that names a file with the password.
	pub(crate) fn load(
		&self,
		who: &str,
		password: Option<&Path>,
		option: &'static str,
	) -> Result<Signer, Failure> {
		if who.starts_with("//") {
			return Ok(Signer::from_dev_uri(who)?);
		}
		let json = keystore::read(&self.keystore(who)?)?;
		let password = match password {
			Some(path) => Password::from_file(path)?,
			None => ask("password", &self.key_name(&json)?, option)?,
		};
		Ok(keystore::decrypt(&json, &password)?)
	}

	/// What a keystore is called, with its account.
	pub(crate) fn key_name(&self, json: &str) -> Result<String, Failure> {
		let info = keystore::info(json)?;
		let mut name = info.name;
		// Someone else may have written the file.
		name.retain(|c| !c.is_control());
		Ok(match name.trim() {
			"" => self.book.name(&info.account.to_string()),
			name => format!("{name} ({})", info.account),
		})
	}

	/// A keystore file by its path, or by its name in the state folder.
	pub(crate) fn keystore(&self, who: &str) -> Result<PathBuf, Failure> {
		let path = PathBuf::from(who);
		if path.is_file() {
			return Ok(path);
		}
		let named = self.keys_folder()?.join(format!("{who}.json"));
		if is_bare(who) && named.is_file() {
			return Ok(named);
		}
		Err(no_keystore(who))
	}

	/// Where keystores without a path are kept.
	pub(crate) fn keys_folder(&self) -> Result<PathBuf, Failure> {
		Ok(self.state()?.path().join("keys"))
	}

	pub(crate) fn state(&self) -> Result<StateDir, Failure> {
		Ok(StateDir::new(self.global.state_dir.clone())?)
	}

	/// The present password of a keystore, from the password file or asked for.
	pub(crate) fn old_password(&self, json: &str) -> Result<Password, Failure> {
		match &self.global.password_file {
			Some(path) => Ok(Password::from_file(path)?),
			None => ask("old password", &self.key_name(json)?, "--password-file"),
		}
	}

	/// A new password for a key, from a file or asked for twice. Warns of a short one.
	pub(crate) fn new_password(
		&self,
		name: &str,
		file: Option<&Path>,
		option: &'static str,
	) -> Result<Password, Failure> {
		let password = match file {
			Some(path) => Password::from_file(path)?,
			None => {
				let password = ask("new password", name, option)?;
				if !password.equals(&ask("same password again", name, option)?) {
					return Err(Failure::PasswordsDiffer);
				}
				password
			}
		};
		let length = password.length();
		if length > 0 && length < LEAST_PASSWORD {
			self.warn(&format!(
				"the password has {}: anyone who gets the file can try them all; choose one of {LEAST_PASSWORD} or more",
				words::count(length, "character", "characters")
			));
		}
		Ok(password)
	}

	/// Where blocks come from.
	pub(crate) fn source(&self, ipfs: Option<&str>) -> Result<Source, Failure> {
		Ok(match ipfs {
			Some(url) => {
				let kubo = Kubo::new(url, KuboOptions::default());
				Source::Ipfs(Arc::new(kubo.map_err(salus_client::Error::from)?))
			}
			None => Source::Node,
		})
	}

	/// The organisation that is named, or the only one that the account administers.
	pub(crate) async fn administered(
		&self,
		client: &Client,
		named: Option<OrganisationId>,
		account: &Account,
	) -> Result<OrganisationId, Failure> {
		if let Some(organisation) = named {
			return Ok(organisation);
		}
		let all = client.now().organisations().await?;
		let own: Vec<_> =
			all.iter().filter(|info| info.admins.contains(account)).map(|info| info.id).collect();
		match own[..] {
			[organisation] => Ok(organisation),
			[] => Err(Failure::WhichOrganisation(format!(
				"{account} administers no organisation; name one with --org, or act as its admin"
			))),
			_ => Err(Failure::WhichOrganisation(format!(
				"{account} administers organisations {}; name one with --org",
				words::list(&own.iter().map(OrganisationId::to_string).collect::<Vec<_>>())
			))),
		}
	}

	/// Warns of what is allowed and perhaps not meant.
	pub(crate) fn warn(&self, text: &str) {
		let text = show::plain(&format!("warning: {text}"));
		tell(&self.book.name(&text));
	}

	/// Writes the result: as JSON, or in words, with the names of accounts in the address book.
	pub(crate) fn emit<T: Serialize>(
		&mut self,
		value: &T,
		words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
	) -> Result<(), Failure> {
		if self.global.json {
			return self.emit_in_full(value, words);
		}
		let mut text = Vec::new();
		self.book.lend(|| words(&mut text))?;
		let text = self.book.name(&String::from_utf8_lossy(&text));
		self.out.write_all(text.as_bytes())?;
		self.out.flush()?;
		Ok(())
	}

	/// Writes a result with accounts in full, to be compared or copied.
	pub(crate) fn emit_in_full<T: Serialize>(
		&mut self,
		value: &T,
		words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
	) -> Result<(), Failure> {
		if self.global.json {
			let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
			writeln!(self.out, "{}", show::escaped(&text))?;
		} else {
			let mut text = Vec::new();
			words(&mut text)?;
			// Lines are this program's; what comes from elsewhere makes none, see `show`.
			for line in String::from_utf8_lossy(&text).split_inclusive('\n') {
				let (line, end) = match line.strip_suffix('\n') {
					Some(line) => (line, "\n"),
					None => (line, ""),
				};
				write!(self.out, "{}{end}", show::plain(line))?;
			}
		}
		self.out.flush()?;
		Ok(())
	}
}

/// Whether a name is no path.
pub(crate) fn is_bare(name: &str) -> bool {
	!name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.')
}

/// Passwords with fewer characters are warned of.
const LEAST_PASSWORD: usize = 10;

/// Asks on the terminal for a password of a key. `option` takes a file with it instead.
fn ask(what: &str, name: &str, option: &'static str) -> Result<Password, Failure> {
	let mut prompt = format!("{what} of {name}: ");
	if let Some(first) = prompt.get_mut(..1) {
		first.make_ascii_uppercase();
	}
	rpassword::prompt_password(prompt).map(Password::from).map_err(|source| {
		let whose = format!("the {what} of {name}");
		KeyError::CannotAsk { whose, option, source }.into()
	})
}

/// Says that there is no keystore of this name, without repeating what may be a secret.
fn no_keystore(who: &str) -> Failure {
	let is_secret = |who: &str| {
		who.is_empty()
			|| who.contains(char::is_whitespace)
			|| who.chars().any(char::is_control)
			|| who.starts_with("0x")
			|| who.chars().count() > MAX_NAME
	};
	if is_secret(who) {
		return Failure::NoKeystore;
	}
	KeyError::NoKeystore {
		name: who.to_owned(),
		hint: if parse::is_dev_name(who) {
			format!("; did you mean the development account //{who}?")
		} else {
			String::new()
		},
	}
	.into()
}

/// What is longer is not taken for the name of a keystore.
const MAX_NAME: usize = 200;

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_keystore_that_is_missing_is_named() {
		let told = |who: &str| no_keystore(who).to_text();
		let text = told("DoctorA");
		assert!(text.contains("did you mean the development account //DoctorA?"), "{text}");
		let text = told("drmeyer");
		assert!(text.contains("no keystore file drmeyer;"), "{text}");
		let text = told("keys/nobody.json");
		assert!(text.contains("keys/nobody.json") && !text.contains("did you mean"), "{text}");
		// It may be a secret.
		for secret in ["bottom drive obey lake", "0x0102", ""] {
			let failure = no_keystore(secret);
			assert!(matches!(failure, Failure::NoKeystore), "{secret}");
			assert_eq!(failure.code(), crate::Code::Key);
		}
	}

	#[test]
	fn a_password_that_cannot_be_asked_for_names_its_owner_and_option() {
		let error = KeyError::CannotAsk {
			whose: "the password of drmeyer (5Grw)".into(),
			option: "--member-password-file",
			source: io::ErrorKind::NotFound.into(),
		};
		let failure = Failure::from(error);
		assert_eq!(failure.code(), crate::Code::Key);
		let text = failure.to_text();
		assert!(
			text.contains("password of drmeyer") && text.contains("--member-password-file"),
			"{text}"
		);
	}
}
