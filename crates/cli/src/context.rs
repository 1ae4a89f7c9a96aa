//! Context of every command: the acting account, the node, and the output.

use std::{
	io::{self, Write},
	path::{Path, PathBuf},
	sync::{Arc, Mutex, PoisonError},
	time::{Duration, Instant},
};

use clap::{builder::FalseyValueParser, ArgAction, Args};
use salus_client::{
	keystore,
	primitives::{Hash32, OrganisationId},
	words, Account, Client, ConnectOptions, KeyError, Kubo, KuboOptions, NodesWord, Password,
	Patience, Progress, Signer, Source, StateDir, TlsFiles,
};
use serde::Serialize;
use tracing::info_span;

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
	/// Connect to this node: wss://HOST, or ws://127.0.0.1:PORT for one on this machine.
	#[arg(long, global = true, env = "SALUS_URL", default_value = "ws://127.0.0.1:9944")]
	pub url: String,

	/// Refuse every chain except the one whose first block has this hash; ask your hospital for it
	/// [default: the chain of the first connection, at every address].
	#[arg(long, global = true, env = "SALUS_GENESIS", value_name = "HASH", value_parser = parse::block)]
	pub genesis: Option<Hash32>,

	/// Permit ws:// to another machine, although anyone on the network path can read and change
	/// everything.
	/// Certificates of wss:// are still checked.
	#[arg(
		long,
		global = true,
		env = "SALUS_INSECURE",
		action = ArgAction::SetTrue,
		value_parser = FalseyValueParser::new()
	)]
	pub insecure: bool,

	/// Trust only the certificate authorities in this file (PEM), not this machine's.
	#[arg(long, global = true, env = "SALUS_CA_FILE", value_name = "FILE")]
	pub ca_file: Option<PathBuf>,

	/// Identify this machine to the node by this certificate (PEM).
	#[arg(long, global = true, env = "SALUS_CLIENT_CERT", value_name = "FILE")]
	pub client_cert: Option<PathBuf>,

	/// Use this private key (PEM) for the certificate, if it is in another file.
	#[arg(long, global = true, env = "SALUS_CLIENT_KEY", value_name = "FILE")]
	pub client_key: Option<PathBuf>,

	/// Act as this account: a keystore file or its name, or a development account such as
	/// //Alice.
	#[arg(long = "as", global = true, env = "SALUS_AS", value_name = "WHO")]
	pub who: Option<String>,

	/// Read the keystore's password from the first line of this file, instead of asking for it.
	#[arg(long, global = true, env = "SALUS_PASSWORD_FILE", value_name = "FILE")]
	pub password_file: Option<PathBuf>,

	/// Do not reseal records to the hospitals' present key after a command.
	///
	/// If the hospitals have made a new key, each command with which a patient decides, or opens
	/// their own record, reseals up to 8 versions once it has succeeded. Its exit code stays 0.
	#[arg(
		long,
		global = true,
		env = "SALUS_NO_RESEAL",
		action = ArgAction::SetTrue,
		value_parser = FalseyValueParser::new()
	)]
	pub no_reseal: bool,

	/// Write the result as JSON.
	#[arg(long, global = true)]
	pub json: bool,

	/// List where the time of the command went, on standard error.
	///
	/// The list shows no names, numbers of records, or contents.
	#[arg(long, global = true)]
	pub trace_timing: bool,

	/// Keep keystores, contacts and the state of uploads here [default: ~/.local/state/salus].
	#[arg(long, global = true, env = "SALUS_STATE_DIR", value_name = "FOLDER")]
	pub state_dir: Option<PathBuf>,
}

/// Context of a command.
pub struct Context<'a> {
	pub(crate) global: Global,
	pub(crate) out: &'a mut (dyn Write + Send),
	pub(crate) progress: Arc<dyn Progress>,
	pub(crate) book: Arc<Book>,
	/// Deadline for waiting for finality, if a limit was given.
	pub(crate) until: Option<Instant>,
	/// Patient whose versions are resealed once the command has succeeded, with the connection.
	pub(crate) patient: Option<(Signer, Client)>,
	/// JSON of the result, held back until it is known what was resealed.
	pub(crate) held: Option<String>,
	/// The connections to the node.
	clients: Mutex<Vec<Client>>,
}

/// Account that a command concerns.
pub(crate) enum Whose {
	/// Account given on the command line.
	Named(Account),
	/// Acting account.
	Own(Account),
}

impl Whose {
	/// Returns the account. If a patient was recovered onto the acting account, returns that
	/// patient.
	pub(crate) async fn account(self, client: &Client) -> Result<Account, Failure> {
		match self {
			Self::Named(account) => Ok(account),
			Self::Own(account) => {
				let patient = client.settled().acts_for(&account).await?;
				Ok(patient.unwrap_or(account))
			}
		}
	}
}

/// Opens an account whose keystore and password were read.
type Opening = Box<dyn FnOnce() -> Result<Signer, Failure> + Send>;

impl<'a> Context<'a> {
	/// Returns a context that writes to `out`.
	pub fn new(global: Global, out: &'a mut (dyn Write + Send)) -> Self {
		let book = Book::open(global.state_dir.clone());
		if let Some(damage) = book.damage() {
			tell(&format!("warning: names are not shown: {damage}"));
		}
		let clients = Mutex::default();
		Self {
			global,
			out,
			progress: progress(),
			book,
			until: None,
			patient: None,
			held: None,
			clients,
		}
	}

	/// Connects to the node.
	pub(crate) async fn client(&self) -> Result<Client, Failure> {
		self.connect(Patience::default()).await
	}

	async fn connect(&self, patience: Patience) -> Result<Client, Failure> {
		let options = ConnectOptions {
			patience: Patience { until: self.until, ..patience },
			genesis: self.global.genesis,
			insecure: self.global.insecure,
			tls: TlsFiles {
				ca_file: self.global.ca_file.clone(),
				client_cert: self.global.client_cert.clone(),
				client_key: self.global.client_key.clone(),
			},
			known_chains: self.known_chains(),
			progress: Some(self.progress.clone()),
		};
		let client = Client::connect_with(&self.global.url, options).await?;
		self.clients.lock().unwrap_or_else(PoisonError::into_inner).push(client.clone());
		Ok(client)
	}

	/// Returns the part of the command that is the node's word only.
	pub(crate) async fn unproved(&self) -> Option<NodesWord> {
		let clients = self.clients.lock().unwrap_or_else(PoisonError::into_inner).clone();
		for client in clients {
			let unproved = client.unproved().await;
			if unproved.is_some() {
				return unproved;
			}
		}
		None
	}

	/// Returns the folder that keeps what is known for certain about chains, if there is one.
	fn known_chains(&self) -> Option<PathBuf> {
		let state = StateDir::new(self.global.state_dir.clone()).ok()?;
		Some(state.path().join("chains"))
	}

	/// Opens the acting account, and connects to the node at the same time.
	pub(crate) async fn signer_and_client(&self) -> Result<(Signer, Client), Failure> {
		self.signer_and(Patience::default()).await
	}

	/// Does the same. If a patient was recovered onto the account, it acts for that patient.
	pub(crate) async fn acting_and_client(&self) -> Result<(Signer, Client), Failure> {
		let (signer, client) = self.signer_and_client().await?;
		let signer = client.acting(signer).await?;
		Ok((signer, client))
	}

	/// Opens the acting account, and connects to the node at the same time. `release` is the
	/// longest wait for hospitals.
	pub(crate) async fn signer_and_client_that_waits(
		&self,
		release: Duration,
	) -> Result<(Signer, Client), Failure> {
		self.signer_and(Patience { release, ..Patience::default() }).await
	}

	async fn signer_and(&self, patience: Patience) -> Result<(Signer, Client), Failure> {
		let who = self.global.who.as_deref().ok_or(Failure::WhoActs)?;
		let open = self.opening(who, self.global.password_file.as_deref(), "--password-file")?;
		// By design, a password takes a third of a second to check.
		let mut opening = tokio::task::spawn_blocking(open);
		let connecting = async {
			let client = self.connect(patience).await?;
			client.expect_transaction();
			Ok::<_, Failure>(client)
		};
		tokio::pin!(connecting);
		// A wrong password is reported without waiting for the node, and before it.
		let (opened, connected) = tokio::select! {
			opened = &mut opening => (opened.map_err(io::Error::other)??, connecting.await),
			connected = &mut connecting => (opening.await.map_err(io::Error::other)??, connected),
		};
		Ok((opened, connected?))
	}

	/// Opens the acting account.
	pub(crate) fn signer(&self) -> Result<Signer, Failure> {
		let who = self.global.who.as_deref().ok_or(Failure::WhoActs)?;
		let password = self.global.password_file.as_deref();
		self.load(who, password, "--password-file")
	}

	/// Returns ` --as WHO`, for an advised command. Returns nothing if SALUS_AS names the account.
	pub(crate) fn as_who(&self) -> String {
		match &self.global.who {
			Some(who) if std::env::var("SALUS_AS").ok().as_ref() != Some(who) => {
				let quote = if who.contains(char::is_whitespace) { "'" } else { "" };
				format!(" --as {quote}{who}{quote}")
			}
			_ => String::new(),
		}
	}

	/// Opens the acting account, if one was given.
	pub(crate) fn optional_signer(&self) -> Result<Option<Signer>, Failure> {
		self.global.who.is_some().then(|| self.signer()).transpose()
	}

	/// Returns the named account, or else the acting one.
	pub(crate) fn whose(&self, named: Option<Account>) -> Result<Whose, Failure> {
		Ok(match named {
			Some(named) => Whose::Named(named),
			None => Whose::Own(self.account()?),
		})
	}

	/// Connects to the node, and returns the account that a command concerns, as
	/// [`Whose::account`] does.
	pub(crate) async fn client_and_whose(
		&self,
		named: Option<Account>,
	) -> Result<(Client, Account), Failure> {
		let whose = self.whose(named)?;
		let client = self.client().await?;
		let account = whose.account(&client).await?;
		Ok((client, account))
	}

	/// Returns the acting account, without opening its secret.
	pub(crate) fn account(&self) -> Result<Account, Failure> {
		let who = self.global.who.as_deref().ok_or(Failure::WhoActs)?;
		if who.starts_with("//") {
			return Ok(Signer::from_dev_uri(who)?.account());
		}
		Ok(keystore::info(&keystore::read(&self.keystore(who)?)?)?.account)
	}

	/// Opens an account by its development name or keystore. `option` is the option that takes a
	/// password file.
	pub(crate) fn load(
		&self,
		who: &str,
		password: Option<&Path>,
		option: &'static str,
	) -> Result<Signer, Failure> {
		self.opening(who, password, option)?()
	}

	/// Reads an account's keystore and password, and returns how to open it.
	fn opening(
		&self,
		who: &str,
		password: Option<&Path>,
		option: &'static str,
	) -> Result<Opening, Failure> {
		if who.starts_with("//") {
			let signer = Signer::from_dev_uri(who)?;
			return Ok(Box::new(move || Ok(signer)));
		}
		let json = keystore::read(&self.keystore(who)?)?;
		let password = match password {
			Some(path) => Password::from_file(path)?,
			None => ask("password", &self.key_name(&json)?, option)?,
		};
		let span = info_span!("open account");
		Ok(Box::new(move || {
			// Not entered, because this thread does not know who follows the span.
			let _opening = span;
			Ok(keystore::decrypt(&json, &password)?)
		}))
	}

	/// Returns the name of a keystore, with its account.
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

	/// Returns the keystore file with this path, or with this name in the state folder.
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

	/// Returns the folder of keystores that are given by name.
	pub(crate) fn keys_folder(&self) -> Result<PathBuf, Failure> {
		Ok(self.state()?.path().join("keys"))
	}

	pub(crate) fn state(&self) -> Result<StateDir, Failure> {
		Ok(StateDir::new(self.global.state_dir.clone())?)
	}

	/// Returns the current password of a keystore, from the password file or a prompt.
	pub(crate) fn old_password(&self, json: &str) -> Result<Password, Failure> {
		match &self.global.password_file {
			Some(path) => Ok(Password::from_file(path)?),
			None => ask("current password", &self.key_name(json)?, "--password-file"),
		}
	}

	/// Returns a new password for a key, from a file or two prompts. Warns if it is short.
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
				if !password.equals(&ask("new password (again)", name, option)?) {
					return Err(Failure::PasswordsDiffer);
				}
				password
			}
		};
		let length = password.length();
		if length > 0 && length < LEAST_PASSWORD {
			self.warn(&format!(
				"the password has only {}, so anyone who gets the file can guess it; choose at least {LEAST_PASSWORD}",
				words::count(length, "character", "characters")
			));
		}
		Ok(password)
	}

	/// Returns the source of blocks: the Kubo at `ipfs`, or else the node.
	pub(crate) fn source(&self, ipfs: Option<&str>) -> Result<Source, Failure> {
		Ok(match ipfs {
			Some(url) => {
				let kubo = Kubo::new(url, KuboOptions::default());
				Source::Ipfs(Arc::new(kubo.map_err(salus_client::Error::from)?))
			}
			None => Source::Node,
		})
	}

	/// Returns the named organisation, or else the only one that the account administers.
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
				"{account} administers no organisation; name one with --org, or act as an admin"
			))),
			_ => Err(Failure::WhichOrganisation(format!(
				"{account} administers several organisations ({}); name one with --org",
				words::list(&own.iter().map(OrganisationId::to_string).collect::<Vec<_>>())
			))),
		}
	}

	/// Prints a warning about something that is allowed but perhaps unintended.
	pub(crate) fn warn(&self, text: &str) {
		let text = show::plain(&format!("warning: {text}"));
		tell(&self.book.name(&text));
	}

	/// Writes the result as JSON, or as text in which accounts have their names from the address
	/// book.
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

	/// Writes the result with accounts in full, for comparing and copying.
	pub(crate) fn emit_in_full<T: Serialize>(
		&mut self,
		value: &T,
		words: impl FnOnce(&mut dyn Write) -> io::Result<()>,
	) -> Result<(), Failure> {
		if self.global.json {
			let text = serde_json::to_string_pretty(value).map_err(io::Error::other)?;
			let text = show::escaped(&text);
			if self.patient.is_some() {
				if let Some(earlier) = self.held.replace(text) {
					writeln!(self.out, "{earlier}")?;
				}
				return Ok(());
			}
			writeln!(self.out, "{text}")?;
		} else {
			let mut text = Vec::new();
			words(&mut text)?;
			// Only this program starts lines; text from elsewhere cannot, see `show`.
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

/// Returns whether this is a name and not a path.
pub(crate) fn is_bare(name: &str) -> bool {
	!name.is_empty() && !name.contains(['/', '\\']) && !name.starts_with('.')
}

/// Minimum length of a password without a warning, in characters.
const LEAST_PASSWORD: usize = 10;

/// Prompts for the password of a key. `option` is the option that takes a file instead.
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

/// Returns the error for a missing keystore. It does not repeat a name that may be a secret.
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

/// Maximum length of a keystore's name, in characters. Longer text may be a secret.
const MAX_NAME: usize = 200;

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_missing_keystore_is_named_unless_it_may_be_a_secret() {
		let error = |who: &str| no_keystore(who).to_text();
		let text = error("DoctorA");
		assert!(text.contains("did you mean the development account //DoctorA?"), "{text}");
		let text = error("drmeyer");
		assert!(text.contains("no keystore file drmeyer;"), "{text}");
		let text = error("keys/nobody.json");
		assert!(text.contains("keys/nobody.json") && !text.contains("did you mean"), "{text}");
		// The text may be a secret.
		for secret in ["bottom drive obey lake", "0x0102", ""] {
			let failure = no_keystore(secret);
			assert!(matches!(failure, Failure::NoKeystore), "{secret}");
			assert_eq!(failure.code(), crate::Code::Key);
		}
	}

	#[test]
	fn without_a_terminal_the_error_names_key_and_option() {
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
