//! `salus upgrade`: a new runtime for the chain, by vote of the council.

use std::{
	fs::File,
	io::Read,
	path::{Path, PathBuf},
};

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::Hash32, runtime_hash, Follow, Included};
use serde::Serialize;

use super::council::decide;
use crate::{show, Context, Failure};

/// Maximum size of a runtime, in bytes: a block holds no more.
const MAX_SIZE: u64 = 5 << 20;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Show the running version, whether its storage is migrated, and the authorised runtime.
	Status,
	/// Authorise the runtime of a release. Requires a council seat; two thirds of the seats decide.
	///
	/// The other seats vote on its hash, which `salus council list` shows. To compare it with the
	/// file, run `b2sum --length 256` on the file.
	Authorize(Runtime),
	/// Apply the authorised runtime. Anyone may do this, and pays nothing if it is accepted.
	Apply(Runtime),
}

#[derive(Args, Debug)]
pub(crate) struct Runtime {
	/// Runtime of the release (`.compact.compressed.wasm`).
	file: PathBuf,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Status => status(context).await,
		Opts::Authorize(opts) => {
			let (_, hash) = read(&opts.file)?;
			let call = calls::upgrades::authorize(&hash);
			let done =
				format!("Authorised 0x{}; apply it with `salus upgrade apply`", hex::encode(hash));
			decide(&call, &done, context).await
		}
		Opts::Apply(opts) => apply(&opts.file, context).await,
	}
}

/// Reads a runtime: its bytes and hash.
fn read(path: &Path) -> Result<(Vec<u8>, Hash32), Failure> {
	let mut code = Vec::new();
	File::open(path)
		.and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut code))
		.map_err(|source| Failure::File { action: "read", path: path.to_owned(), source })?;
	if code.len() as u64 > MAX_SIZE {
		return Err(Failure::BadFile(
			"the file is larger than a block; give the compressed runtime",
		));
	}
	let hash = runtime_hash(&code)
		.ok_or(Failure::BadFile("the file contains no runtime; give the one of the release"))?;
	Ok((code, hash))
}

#[derive(Serialize)]
struct Status {
	/// Version of the running runtime.
	runs: u32,
	/// BLAKE2b-256 of the authorised runtime, `0x…`.
	authorized: Option<String>,
	/// Whether the runtime is migrating the storage of its predecessor.
	migrating: bool,
	/// Pallets whose storage has an earlier version; `null` if the runtime cannot say.
	outdated: Option<Vec<String>>,
}

impl Status {
	fn storage(&self) -> String {
		let outdated = self.outdated.as_deref().unwrap_or_default().join(", ");
		match (self.migrating, outdated.is_empty()) {
			(true, true) => "is being migrated; transactions wait".into(),
			(true, false) => {
				format!("is being migrated ({outdated}); transactions wait")
			}
			(false, true) => "is up to date".into(),
			(false, false) => format!(
				"of {outdated} was not migrated: a migration failed; ask for a release that repairs it"
			),
		}
	}
}

async fn status(context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let authorized = client.authorized_upgrade().await?;
	let status = Status {
		runs: client.settled().spec_version().await?,
		authorized: authorized.map(|hash| format!("0x{}", hex::encode(hash))),
		migrating: client.is_migrating().await?,
		outdated: client.snapshot().await?.outdated_storage().await?,
	};
	context.emit(&status, |out| {
		let authorized = status.authorized.as_deref().unwrap_or("none");
		show::pairs(
			out,
			&[
				("runs", format!("version {}", status.runs)),
				("storage", status.storage()),
				("authorised", authorized.to_owned()),
			],
		)
	})
}

#[derive(Serialize)]
struct UpgradeReport {
	/// BLAKE2b-256 of the runtime, `0x…`.
	runtime: String,
	transaction: Included,
}

async fn apply(file: &Path, context: &mut Context<'_>) -> Result<(), Failure> {
	let signer = context.signer()?;
	let (code, hash) = read(file)?;
	let client = context.client().await?;
	let applied = UpgradeReport {
		runtime: format!("0x{}", hex::encode(hash)),
		transaction: client.apply_upgrade(&signer, &code, Follow::finalized()).await?,
	};
	context.emit(&applied, |out| {
		writeln!(out, "The chain runs {} from the next block on", applied.runtime)
	})
}
