//! What every command has: who acts, which node, where results go.

use std::{
	io::{self, Write},
	path::{Path, PathBuf},
	sync::Arc,
	time::{Duration, Instant},
};

use clap::{builder::FalseyValueParser, ArgAction, Args};
use salus_client::{
	keystore, primitives::OrganisationId, Account, Client, ConnectOptions, Kubo, KuboOptions,
	Password, Patience, Progress, Signer, Source, StateDir, TlsFiles,
};
use serde::Serialize;

use crate::{
	book::Book,
	progress::{progress, tell},
	show, Failure,
};

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
	/// The node's address: wss://HOST, or for a node on this machine ws://127.0.0.1:PORT.
	#[arg(
		long,
		global = true,
		env = "SALUS_URL",
		default_value = "ws://127.0.0.1:9944"
	)]
	pub url: String,

	/// Permit ws:// to another machine: whoever is on the way can read and change everything. Certificates are checked in
	/// any case.
	#[arg(
		long,
		global = true,
		env = "SALUS_INSECURE",
		action = ArgAction::SetTrue,
		value_parser = FalseyValueParser::new()
	)]
	pub insecure: bool,

	/// The certificates (PEM) of those who may sign the node's, instead of those whom this machine trusts.
	#[arg(long, global = true, env = "SALUS_CA_FILE", value_name = "FILE")]
	pub ca_file: Option<PathBuf>,

	/// The certificate (PEM) by which the node knows this machine.
	#[arg(long, global = true, env = "SALUS_CLIENT_CERT", value_name = "FILE")]
	pub client_cert: Option<PathBuf>,

	/// The private key (PEM) of that certificate, if it lies in another file.
	#[arg(long, global = true, env = "SALUS_CLIENT_KEY", value_name = "FILE")]
	pub client_key: Option<PathBuf>,

	/// Who acts: a keystore file, or a development account such as //Alice.
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
		Self {
			global,
			out,
			progress: progress(),
			book,
			until: None,
		}
	}

	/// Connects to the node.
	pub(crate) async fn client(&self) -> Result<Client, Failure> {
		self.connect(Patience::default()).await
	}

	async fn connect(&self, patience: Patience) -> Result<Client, Failure> {
		let options = ConnectOptions {
			patience: Patience {
				until: self.until,
				..patience
			},
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
		let patience = Patience {
			release,
			..Patience::default()
		};
		self.connect(patience).await
	}

	/// Who acts.
	pub(crate) fn signer(&self) -> Result<Signer, Failure> {
		let who = self.global.who.as_deref().ok_or(Failure::WhoActs)?;
		self.load(who, self.global.password_file.as_deref())
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

	/// Opens an account by its development name or keystore.
	pub(crate) fn load(&self, who: &str, password: Option<&Path>) -> Result<Signer, Failure> {
		if who.starts_with("//") {
			return Ok(Signer::from_dev_uri(who)?);
		}
		let json = keystore::read(&self.keystore(who)?)?;
		let account = keystore::info(&json)?.account;
		let password = match password {
			Some(path) => Password::from_file(path)?,
			None => ask(&self.book.name(&format!("Password of {account}: ")))?,
		};
		Ok(keystore::decrypt(&json, &password)?)
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
		Err(Failure::NoKeystore)
	}

	/// Where keystores without a path are kept.
	pub(crate) fn keys_folder(&self) -> Result<PathBuf, Failure> {
		Ok(self.state()?.path().join("keys"))
	}

	pub(crate) fn state(&self) -> Result<StateDir, Failure> {
		Ok(StateDir::new(self.global.state_dir.clone())?)
	}

	/// The password of a keystore, from the password file or asked for.
	pub(crate) fn password(&self, prompt: &str) -> Result<Password, Failure> {
		match &self.global.password_file {
			Some(path) => Ok(Password::from_file(path)?),
			None => ask(prompt),
		}
	}

	/// A new password, from a file or asked for twice.
	pub(crate) fn new_password(&self, file: Option<&Path>) -> Result<Password, Failure> {
		if let Some(path) = file {
			return Ok(Password::from_file(path)?);
		}
		let password = ask("New password: ")?;
		if !password.equals(&ask("The same again: ")?) {
			return Err(Failure::PasswordsDiffer);
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
		let own: Vec<_> = all
			.iter()
			.filter(|info| info.admins.contains(account))
			.map(|info| info.id)
			.collect();
		match own[..] {
			[organisation] => Ok(organisation),
			[] => Err(Failure::WhichOrganisation(format!(
				"{account} administers no organisation; name one with --org, or act as its admin"
			))),
			_ => Err(Failure::WhichOrganisation(format!(
				"{account} administers organisations {own:?}; name one with --org"
			))),
		}
	}

	/// Tells what is allowed and perhaps not meant.
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

/// Asks for a password on the terminal.
fn ask(prompt: &str) -> Result<Password, Failure> {
	rpassword::prompt_password(prompt)
		.map(Password::from)
		.map_err(Failure::NoTerminal)
}
