//! Check of a specification before a node is started on it.

use super::{
	keys::{keystore_path, open_keystore},
	summary::Summary,
	Error,
};
use crate::{chain_spec::ChainSpec, keystore::opens};
use salus_runtime::SessionKeys;
use sc_cli::KeystoreParams;
use sc_service::BasePath;
use sp_core::{crypto::key_types::AURA, sr25519};
use std::path::PathBuf;

/// `salus-node consortium check`.
#[derive(Debug, clap::Args)]
pub struct CheckCmd {
	/// Specification to check.
	#[arg(long, value_name = "FILE")]
	chain: PathBuf,

	/// Folder of this hospital's node. The check fails unless it has the keys of one of the
	/// validators and they open with the password.
	#[arg(long, short = 'd', value_name = "PATH")]
	base_path: Option<PathBuf>,

	#[allow(missing_docs)]
	#[command(flatten)]
	keystore: KeystoreParams,
}

impl CheckCmd {
	pub(super) fn run(&self) -> Result<(), Error> {
		let spec = ChainSpec::from_json_file(self.chain.clone())
			.map_err(|reason| Error::Malformed { path: self.chain.clone(), reason })?;
		let summary = Summary::of(&spec)?;
		let Some(base_path) = &self.base_path else {
			print!("{}", summary.describe(|_| false));
			return Ok(());
		};
		let folder = BasePath::new(base_path).config_dir(&summary.id);
		// Opening it would make it.
		let path = keystore_path(&self.keystore, &folder);
		if !path.is_dir() {
			return Err(Error::NoKeystore(path));
		}
		let (path, keystore) = open_keystore(&self.keystore, &folder)?;
		let is_here = |keys: &SessionKeys| keystore.has_keys(&keys.clone().into_raw_public_keys());
		print!("{}", summary.describe(is_here));
		let mut validators = summary.validators.iter().map(|(.., keys)| keys);
		let opens =
			|keys: &SessionKeys| opens(&*keystore, AURA, sr25519::CRYPTO_ID, keys.aura.as_ref());
		match validators.find(|keys| is_here(keys)) {
			Some(keys) if opens(keys) => Ok(()),
			Some(_) => Err(Error::Locked(path)),
			None => Err(Error::NotFounded(path)),
		}
	}
}
