//! `salus upgrade`: a new runtime for all, by vote of the council.

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

/// The most bytes that a runtime may have: a block takes no more.
const MAX_SIZE: u64 = 5 << 20;

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Show which version runs, whether it has migrated the storage, and which runtime the council has authorised.
	Status,
	/// Authorise a release's runtime. By a council seat; two thirds decide.
	///
	/// The others vote on its hash, which `salus council list` shows: it is what `b2sum --length 256` gives of the file.
	Authorize(Runtime),
	/// Hand in the runtime that was authorised. Anyone may, and pays nothing if it is taken.
	Apply(Runtime),
}

#[derive(Args, Debug)]
pub(crate) struct Runtime {
	/// The runtime as the release provides it (`.compact.compressed.wasm`).
	file: PathBuf,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Status => status(context).await,
		Opts::Authorize(opts) => {
			let (_, hash) = read(&opts.file)?;
			let call = calls::upgrades::authorize(&hash);
			let done = format!(
				"Authorised 0x{}; hand it in with `salus upgrade apply`",
				hex::encode(hash)
			);
			decide(&call, &done, context).await
		}
		Opts::Apply(opts) => apply(&opts.file, context).await,
	}
}

/// A runtime's bytes and hash.
fn read(path: &Path) -> Result<(Vec<u8>, Hash32), Failure> {
	let mut code = Vec::new();
	File::open(path)
		.and_then(|file| file.take(MAX_SIZE + 1).read_to_end(&mut code))
		.map_err(|source| Failure::File { action: "read", path: path.to_owned(), source })?;
	if code.len() as u64 > MAX_SIZE {
		return Err(Failure::BadFile(
			"the file is larger than a block takes: is it the compressed runtime?",
		));
	}
	let hash = runtime_hash(&code).ok_or(Failure::BadFile("this file is no runtime"))?;
	Ok((code, hash))
}

#[derive(Serialize)]
struct Status {
	/// The runtime's version.
	runs: u32,
	/// BLAKE2b-256 of the runtime that may be handed in, `0x…`.
	authorized: Option<String>,
	/// Whether the runtime is at work on storage that the one before left.
	migrating: bool,
	/// The pallets whose storage is of an earlier version; `null` where the runtime cannot say.
	outdated: Option<Vec<String>>,
}

impl Status {
	fn storage(&self) -> String {
		let outdated = self.outdated.as_deref().unwrap_or_default().join(", ");
		match (self.migrating, outdated.is_empty()) {
			(true, true) => "is being migrated; no transaction runs meanwhile".into(),
			(true, false) => {
				format!("is being migrated ({outdated}); no transaction runs meanwhile")
			}
			(false, true) => "is the runtime's".into(),
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
		runs: client.node_status().await?.spec_version,
		authorized: authorized.map(|hash| format!("0x{}", hex::encode(hash))),
		migrating: client.is_migrating().await?,
		outdated: client.now().outdated_storage().await?,
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
struct Applied {
	/// BLAKE2b-256 of the runtime, `0x…`.
	runtime: String,
	transaction: Included,
}

async fn apply(file: &Path, context: &mut Context<'_>) -> Result<(), Failure> {
	let signer = context.signer()?;
	let (code, hash) = read(file)?;
	let client = context.client().await?;
	let applied = Applied {
		runtime: format!("0x{}", hex::encode(hash)),
		transaction: client.apply_upgrade(&signer, &code, Follow::finalized()).await?,
	};
	context.emit(&applied, |out| {
		writeln!(out, "The chain runs {} from the next block on", applied.runtime)
	})
}
