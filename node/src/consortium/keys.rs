//! Keys of a hospital, which are made on the machine where they stay.

use super::{account, chain_id, Error, PublicPart};
use crate::{committee::vault, errors::causes, files::make_private, ipfs, keystore::password_fits};
use codec::Encode;
use salus_runtime::{AccountId, SessionKeys};
use sc_cli::KeystoreParams;
use sc_network::{
	config::{MultiaddrWithPeerId, NodeKeyConfig, Secret},
	multiaddr::Multiaddr,
};
use sc_service::{config::KeystoreConfig, BasePath, KeystoreContainer};
use sp_core::crypto::key_types;
use sp_keystore::{KeystoreExt, KeystorePtr};
use sp_state_machine::BasicExternalities;
use std::path::{Path, PathBuf};

/// Path of a node's network key in the chain's folder, as expected by the SDK.
const NETWORK_KEY: &str = "network/secret_ed25519";

/// `salus-node consortium keys`. When run again, it finds the keys that it made.
///
/// It may run while the node runs, which reads its keys from the same place.
#[derive(Debug, clap::Args)]
pub struct KeysCmd {
	/// Identifier of the chain, from its specification or the founders' agreement: lower-case
	/// letters, digits, hyphens.
	#[arg(long, value_name = "ID", value_parser = chain_id)]
	id: String,

	/// Folder of the node, as for running it.
	#[arg(long, short = 'd', value_name = "PATH")]
	base_path: PathBuf,

	/// Validator's account. Its key can register new session keys; the node does not need it.
	#[arg(long, value_name = "ACCOUNT", value_parser = account)]
	validator: AccountId,

	/// Account that votes for the hospital in the council.
	#[arg(long, value_name = "ACCOUNT", value_parser = account)]
	seat: AccountId,

	/// Address at which other hospitals reach the node, such as /dns/salus.example.org/tcp/30333.
	#[arg(long, value_name = "MULTIADDR")]
	address: Option<Multiaddr>,

	/// Make new session keys in addition to the current ones. The current ones are used until the
	/// new ones are registered and the session after the next begins. They need the same password.
	#[arg(long)]
	renew: bool,

	/// File to write the public part to.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,

	#[allow(missing_docs)]
	#[command(flatten)]
	keystore: KeystoreParams,
}

impl KeysCmd {
	pub(super) fn run(&self) -> Result<(), Error> {
		let folder = BasePath::new(&self.base_path).config_dir(&self.id);
		make_private(&folder).map_err(|source| Error::Io {
			action: "make the folder",
			path: folder.clone(),
			source,
		})?;
		let (path, keystore) = open_keystore(&self.keystore, &folder)?;
		let part = PublicPart {
			address: match &self.address {
				Some(address) => Some(reached_at(address, &folder)?),
				None => None,
			},
			..public_part(self, &keystore, &path)?
		};
		let text = serde_json::to_string_pretty(&part)
			.map_err(|error| Error::Specification(error.to_string()))?;
		std::fs::write(&self.out, text + "\n").map_err(|source| Error::Io {
			action: "write",
			path: self.out.clone(),
			source,
		})?;
		println!(
			"The secret keys are in {} and stay there. Give {}, the public part, to the other founders or to \
			 `salus validator keys`.",
			path.display(),
			self.out.display()
		);
		Ok(())
	}
}

/// Returns the path of the keystore of a chain's folder.
pub(super) fn keystore_path(params: &KeystoreParams, folder: &Path) -> PathBuf {
	params.keystore_path.clone().unwrap_or_else(|| folder.join("keystore"))
}

/// Opens the keystore of a chain's folder, and makes it if there is none.
pub(super) fn open_keystore(
	params: &KeystoreParams,
	folder: &Path,
) -> Result<(PathBuf, KeystorePtr), Error> {
	let path = keystore_path(params, folder);
	let failed = |reason: String| Error::Keystore { path: path.clone(), reason };
	if let Some(file) = &params.password_filename {
		std::fs::File::open(file)
			.map_err(|source| Error::PasswordFile { path: file.clone(), source })?;
	}
	let config: KeystoreConfig =
		params.keystore_config(folder).map_err(|error| failed(error.to_string()))?;
	let keystore =
		KeystoreContainer::new(&config).map_err(|error| failed(error.to_string()))?.keystore();
	Ok((path, keystore))
}

/// Returns the public part of the keys in a keystore. Makes keys if there are none, and only with
/// the password of the keys that are there: a node opens all of its keys with one password.
pub(super) fn public_part(
	cmd: &KeysCmd,
	keystore: &KeystorePtr,
	path: &Path,
) -> Result<PublicPart, Error> {
	let failed =
		|reason: &str| Error::Keystore { path: path.to_owned(), reason: reason.to_owned() };
	let found = match cmd.renew {
		true => None,
		false => found_keys(keystore).map_err(|()| Error::SeveralSets(path.to_owned()))?,
	};
	let fits = || password_fits(&**keystore).map_err(|error| failed(&error.to_string()));
	if found.is_none() && !fits()? {
		return Err(Error::Locked(path.to_owned()));
	}
	let storage = || ipfs::key::ensure(keystore, None).map_err(|error| failed(&causes(&error)));
	if found.is_none() {
		// Before other keys are made, because it fails if the storage key does not open.
		storage()?;
	}
	let owner = cmd.validator.encode();
	let mut externalities = BasicExternalities::default();
	externalities.register_extension(KeystoreExt(keystore.clone()));
	let (keys, proof) = externalities.execute_with(|| match found {
		None => {
			let made = SessionKeys::generate(&owner, None);
			Ok((made.keys, made.proof.encode()))
		}
		Some(mut keys) => {
			let proof =
				keys.create_ownership_proof(&owner).map_err(|()| Error::Locked(path.to_owned()))?;
			Ok((keys, proof.encode()))
		}
	})?;
	Ok(PublicPart {
		chain: cmd.id.clone(),
		validator: cmd.validator.clone(),
		seat: cmd.seat.clone(),
		keys: keys.encode(),
		proof,
		address: None,
		storage_account: storage()?,
	})
}

/// Returns the session keys in a keystore, or `None` without any. Fails if there is more than one
/// set.
fn found_keys(keystore: &KeystorePtr) -> Result<Option<SessionKeys>, ()> {
	let aura = keystore.sr25519_public_keys(key_types::AURA);
	let grandpa = keystore.ed25519_public_keys(key_types::GRANDPA);
	let committee = keystore.sr25519_public_keys(vault::KEY_TYPE);
	let discovery = keystore.sr25519_public_keys(key_types::AUTHORITY_DISCOVERY);
	match (aura.as_slice(), grandpa.as_slice(), committee.as_slice(), discovery.as_slice()) {
		([], [], [], []) => Ok(None),
		([aura], [grandpa], [committee], [discovery]) => Ok(Some(SessionKeys {
			aura: (*aura).into(),
			grandpa: (*grandpa).into(),
			committee: (*committee).into(),
			authority_discovery: (*discovery).into(),
		})),
		_ => Err(()),
	}
}

/// Returns the address with the node's identity. Makes the network key if there is none.
fn reached_at(address: &Multiaddr, folder: &Path) -> Result<MultiaddrWithPeerId, Error> {
	let path = folder.join(NETWORK_KEY);
	let pair = NodeKeyConfig::Ed25519(Secret::File(path.clone()))
		.into_keypair()
		.map_err(|source| Error::Io { action: "read or make the network key", path, source })?;
	Ok(MultiaddrWithPeerId { multiaddr: address.clone(), peer_id: pair.public().to_peer_id() })
}
