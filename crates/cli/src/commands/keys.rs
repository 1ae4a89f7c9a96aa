//! `salus keys`: keystore files, and the published key that others seal records to.

use std::{fs, path::PathBuf};

use clap::{Args, Subcommand};
use salus_client::{keystore, Account, Error, Included, KeyError, Signer};
use serde::Serialize;

use crate::{context::is_bare, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Create an account in an encrypted keystore file.
	///
	/// The file also opens in polkadot.js. Keep a copy of the file and its password: without them
	/// the records cannot be opened.
	New(New),
	/// Change the password of a keystore file.
	///
	/// The file is replaced atomically. Copies of it elsewhere still open with the old password.
	/// The command also gives an unencrypted polkadot.js export its first password.
	Password(ChangePassword),
	/// Show the address and public key of an account.
	Show(Show),
	/// Publish this account's key, so that others can seal records to it.
	///
	/// Practitioners and other readers publish a key after their admission. A patient's key is
	/// published by the enrolment.
	Publish(Publish),
	/// List keystore files.
	List(List),
}

#[derive(Args, Debug)]
pub(crate) struct New {
	/// Name for a file in the state folder, or path of a file.
	#[arg(value_name = "NAME|FILE")]
	target: String,
	/// Set the account's name inside the file [default: the file's name].
	#[arg(long)]
	name: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct ChangePassword {
	/// Keystore: a name in the state folder, or a file [default: the account that acts].
	#[arg(value_name = "NAME|FILE")]
	target: Option<String>,
	/// Read the new password from the first line of this file, instead of asking for it. The old
	/// one comes from --password-file.
	#[arg(long, value_name = "FILE")]
	new_password_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Account, keystore or contact [default: the account that acts].
	who: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct Publish {
	/// Replace a key that is published already. Records shared earlier stay readable.
	#[arg(long)]
	rotate: bool,
}

#[derive(Args, Debug)]
pub(crate) struct List {
	/// Folder to look in [default: that of the keystores in the state folder].
	folder: Option<PathBuf>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::New(opts) => create(opts, context),
		Opts::Password(opts) => change_password(opts, context),
		Opts::Show(opts) => show_account(opts, context).await,
		Opts::Publish(opts) => publish(opts, context).await,
		Opts::List(opts) => list(opts, context),
	}
}

#[derive(Serialize)]
struct Keystore {
	account: Account,
	name: String,
	file: PathBuf,
}

fn create(opts: New, context: &mut Context<'_>) -> Result<(), Failure> {
	let path = if is_bare(&opts.target) && !opts.target.ends_with(".json") {
		let folder = context.keys_folder()?;
		private_folder(&folder)?;
		folder.join(format!("{}.json", opts.target))
	} else {
		PathBuf::from(&opts.target)
	};
	if path.exists() {
		return Err(KeyError::Exists { path }.into());
	}
	let name = opts
		.name
		.unwrap_or_else(|| path.file_stem().unwrap_or_default().to_string_lossy().into_owned());
	let file = context.global.password_file.as_deref();
	let password = context.new_password(&name, file, "--password-file")?;
	let signer = Signer::generate()?;
	keystore::write(&path, &keystore::encrypt(&signer, &name, &password)?)?;
	let created = Keystore { account: signer.account(), name, file: path };
	context.emit_in_full(&created, |out| {
		show::pairs(
			out,
			&[
				("account", created.account.to_string()),
				("file", created.file.display().to_string()),
			],
		)
	})
}

fn change_password(opts: ChangePassword, context: &mut Context<'_>) -> Result<(), Failure> {
	let target =
		opts.target.or_else(|| context.global.who.clone()).ok_or(Failure::WhichKeystore)?;
	if target.starts_with("//") {
		return Err(Failure::WhichKeystore);
	}
	let path = context.keystore(&target)?;
	let json = keystore::read(&path)?;
	let is_encrypted = keystore::is_encrypted(&json)?;
	let old = match is_encrypted {
		true => Some(context.old_password(&json)?),
		false => None,
	};
	// Fail on a wrong old password before asking for a new one.
	if let Some(old) = &old {
		keystore::decrypt(&json, old)?;
	}
	let name = context.key_name(&json)?;
	let file = opts.new_password_file.as_deref();
	let new = context.new_password(&name, file, "--new-password-file")?;
	let changed = keystore::change_password(&json, old.as_ref(), &new)?;
	keystore::replace(&path, &changed)?;
	let info = keystore::info(&changed)?;
	if !is_encrypted {
		context.warn(
			"the file held the secret unencrypted until now, and the disk and its backups may still hold it; if others could read them, create a new account",
		);
	}
	let changed = Keystore { account: info.account, name: info.name, file: path };
	context.emit(&changed, |out| {
		writeln!(out, "{} now opens with the new password only", changed.file.display())
	})
}

fn private_folder(path: &std::path::Path) -> Result<(), Failure> {
	let mut builder = fs::DirBuilder::new();
	builder.recursive(true);
	#[cfg(unix)]
	std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
	builder.create(path).map_err(|source| Failure::File {
		action: "create the folder",
		path: path.to_owned(),
		source,
	})
}

#[derive(Serialize)]
struct KeyReport {
	account: Account,
	#[serde(with = "salus_client::json::hex")]
	public: [u8; 32],
	name: Option<String>,
}

async fn show_account(opts: Show, context: &mut Context<'_>) -> Result<(), Failure> {
	let who = opts.who.or_else(|| context.global.who.clone()).ok_or(Failure::WhoActs)?;
	let (account, name) = find_account(who, context)?;
	let shown = KeyReport { account, public: account.0, name };
	context.emit_in_full(&shown, |out| {
		let mut pairs = vec![
			("account", shown.account.to_string()),
			("public", format!("0x{}", hex::encode(shown.public))),
		];
		if let Some(name) = &shown.name {
			pairs.push(("name", name.clone()));
		}
		show::pairs(out, &pairs)
	})
}

/// Returns an account, with its name if a keystore or the address book has one. A keystore takes
/// precedence over a contact of the same name.
fn find_account(who: String, context: &Context<'_>) -> Result<(Account, Option<String>), Failure> {
	if let Ok(account) = salus_client::parse_account(&who) {
		return Ok((account, None));
	}
	match (context.keystore(&who), context.book.account(&who)) {
		(Err(failure), Some(account)) if is_missing(&failure) => Ok((account, Some(who))),
		(path, _) => {
			let info = keystore::info(&keystore::read(&path?)?)?;
			Ok((info.account, Some(info.name)))
		}
	}
}

/// Returns whether no keystore has the name.
fn is_missing(failure: &Failure) -> bool {
	matches!(
		failure,
		Failure::NoKeystore | Failure::Client(Error::Key(KeyError::NoKeystore { .. }))
	)
}

#[derive(Serialize)]
struct PublishedKey {
	account: Account,
	#[serde(with = "salus_client::json::hex")]
	public: [u8; 32],
	version: u32,
	/// None if the key was published already.
	transaction: Option<Included>,
}

async fn publish(opts: Publish, context: &mut Context<'_>) -> Result<(), Failure> {
	let (signer, client) = context.acting_and_client().await?;
	let published = client.publish_key(&signer, opts.rotate).await?;
	let result = PublishedKey {
		account: signer.account(),
		public: published.key.public,
		version: published.key.version,
		transaction: published.included,
	};
	context.emit(&result, |out| match result.transaction {
		Some(_) => writeln!(out, "Published key version {} of {}", result.version, result.account),
		None => {
			writeln!(
				out,
				"Key version {} of {} is published already",
				result.version, result.account
			)
		}
	})
}

fn list(opts: List, context: &mut Context<'_>) -> Result<(), Failure> {
	let folder = match opts.folder {
		Some(folder) => folder,
		None => context.keys_folder()?,
	};
	let mut found = Vec::new();
	let files = match fs::read_dir(&folder) {
		Ok(files) => files,
		Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
			return context.emit_in_full(&found, |out| writeln!(out, "No keystore files yet"));
		}
		Err(source) => {
			return Err(Failure::File { action: "read the folder", path: folder, source })
		}
	};
	for file in files.flatten() {
		let path = file.path();
		if path.extension().is_some_and(|end| end == "json") {
			match keystore::read(&path).and_then(|json| keystore::info(&json)) {
				Ok(info) => {
					found.push(Keystore { account: info.account, name: info.name, file: path })
				}
				Err(error) => context.warn(&format!("{}: {error}", path.display())),
			}
		}
	}
	found.sort_by(|a, b| a.file.cmp(&b.file));
	context.emit_in_full(&found, |out| {
		if found.is_empty() {
			return writeln!(out, "No keystore files in {}", folder.display());
		}
		let rows: Vec<_> = found
			.iter()
			.map(|key| {
				vec![key.name.clone(), key.account.to_string(), key.file.display().to_string()]
			})
			.collect();
		show::table(out, &["name", "account", "file"], &rows)
	})
}
