//! The specification, assembled from the founders' public parts.

use super::{chain_id, part, summary::Summary, Error, PublicPart, MAX_FOUNDERS};
use crate::chain_spec::{self, ChainSpec};
use salus_runtime::{
	units::HEAL, AccountId, BalancesConfig, SessionConfig, SessionKeys, ValidatorsConfig,
	WASM_BINARY,
};
use serde_json::{json, Value};
use std::{
	collections::{BTreeMap, BTreeSet},
	path::{Path, PathBuf},
};

/// Default minimum: of four validators, one may fail.
const USUAL_MINIMUM: u32 = 4;

/// `salus-node consortium assemble`.
#[derive(Debug, clap::Args)]
pub struct AssembleCmd {
	/// Identifier of the chain, for which the founders made their keys.
	#[arg(long, value_name = "ID", value_parser = chain_id)]
	id: String,

	/// Name of the chain, as shown by wallets.
	#[arg(long, value_name = "NAME")]
	name: String,

	/// Minimum number of validators, below which none can be removed. [default: four, or the number
	/// of founders if lower]
	#[arg(long, value_name = "COUNT")]
	minimum: Option<u32>,

	/// Tokens for each validator's account and each seat, which pay for votes and new session keys.
	#[arg(long, value_name = "HEAL", default_value_t = 1_000, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
	endowment: u64,

	/// Runtime from a release (`.compact.compressed.wasm`). [default: the runtime of this binary]
	#[arg(long, value_name = "FILE")]
	runtime: Option<PathBuf>,

	/// File to write the specification to.
	#[arg(long, value_name = "FILE")]
	out: PathBuf,

	/// Public parts of the founders, in any order.
	#[arg(required = true, value_name = "PART")]
	parts: Vec<PathBuf>,
}

impl AssembleCmd {
	pub(super) fn run(&self) -> Result<(), Error> {
		let parts = part::read_all(&self.parts)?;
		let runtime = match &self.runtime {
			Some(path) => Some(std::fs::read(path).map_err(|source| Error::Io {
				action: "read",
				path: path.clone(),
				source,
			})?),
			None => None,
		};
		let chain = Chain {
			id: &self.id,
			name: &self.name,
			minimum: self.minimum,
			endowment: u128::from(self.endowment).saturating_mul(HEAL),
		};
		let spec = chain.assemble(&parts, runtime.as_deref())?;
		let text = spec.as_json(true).map_err(Error::Specification)?;
		std::fs::write(&self.out, text).map_err(|source| Error::Io {
			action: "write",
			path: self.out.clone(),
			source,
		})?;
		// Summarises the written file, not the one in memory.
		let written = ChainSpec::from_json_file(self.out.clone()).map_err(Error::Specification)?;
		print!("{}", Summary::of(&written)?.describe(|_| false));
		Ok(())
	}
}

/// Agreement of the founders, besides their parts.
pub(super) struct Chain<'a> {
	pub(super) id: &'a str,
	pub(super) name: &'a str,
	pub(super) minimum: Option<u32>,
	pub(super) endowment: u128,
}

impl Chain<'_> {
	/// Assembles the specification. The order of the parts does not matter.
	pub(super) fn assemble(
		&self,
		parts: &[(&Path, PublicPart)],
		runtime: Option<&[u8]>,
	) -> Result<ChainSpec, Error> {
		let mut founders = self.checked(parts)?;
		founders.sort_by(|(one, _), (other, _)| one.validator.cmp(&other.validator));
		let minimum = self.minimum(founders.len())?;
		let code = runtime.or(WASM_BINARY).ok_or_else(|| {
			Error::Specification(
				"this binary was built without the runtime's Wasm; name one with --runtime".into(),
			)
		})?;
		let addresses =
			founders.iter().filter_map(|(founder, _)| founder.address.clone()).collect();
		let genesis = self.genesis(&founders, minimum)?;
		Ok(chain_spec::consortium(self.name, self.id, code, genesis, addresses))
	}

	fn minimum(&self, founders: usize) -> Result<u32, Error> {
		let count = u32::try_from(founders).unwrap_or(u32::MAX);
		let minimum = self.minimum.unwrap_or(USUAL_MINIMUM.min(count));
		match (1..=count).contains(&minimum) {
			true => Ok(minimum),
			false => Err(Error::Disagreement(format!(
				"the minimum is {minimum} validators, but there are {count} founders; use a minimum of 1 to {count}"
			))),
		}
	}

	/// Checks the parts, alone and together, and returns the founders with their session keys.
	fn checked<'a>(
		&self,
		parts: &'a [(&Path, PublicPart)],
	) -> Result<Vec<(&'a PublicPart, SessionKeys)>, Error> {
		if parts.len() > MAX_FOUNDERS {
			return Err(Error::Disagreement(format!(
				"{} founders are too many; a chain has at most {MAX_FOUNDERS} validators",
				parts.len()
			)));
		}
		let mut used: BTreeMap<Vec<u8>, &Path> = BTreeMap::new();
		let mut founders = Vec::with_capacity(parts.len());
		for (path, founder) in parts {
			let malformed = |reason: String| Error::Malformed { path: path.to_path_buf(), reason };
			if founder.chain != self.id {
				return Err(malformed(format!(
					"the keys were made for the chain {}, not {}",
					founder.chain, self.id
				)));
			}
			let keys = founder.session_keys().ok_or_else(|| {
				malformed(
					"the proof does not show that the session keys are this validator's; ask the \
					 hospital for the file again"
						.into(),
				)
			})?;
			// One hospital may use an account twice. Two hospitals sharing one is a mistake.
			let own: BTreeSet<Vec<u8>> = keys
				.clone()
				.into_raw_public_keys()
				.into_iter()
				.map(|(key, _)| key)
				.chain([
					<[u8; 32]>::from(founder.validator.clone()).to_vec(),
					<[u8; 32]>::from(founder.seat.clone()).to_vec(),
				])
				.collect();
			for key in own {
				if let Some(other) = used.insert(key, path) {
					return Err(malformed(format!(
						"it shares an account or a key with {}; each hospital needs its own",
						other.display()
					)));
				}
			}
			founders.push((founder, keys));
		}
		Ok(founders)
	}

	fn genesis(
		&self,
		founders: &[(&PublicPart, SessionKeys)],
		minimum: u32,
	) -> Result<Value, Error> {
		let accounts: BTreeSet<AccountId> = founders
			.iter()
			.flat_map(|(founder, _)| [founder.validator.clone(), founder.seat.clone()])
			.collect();
		let failed = |error: serde_json::Error| Error::Specification(error.to_string());
		let balances = BalancesConfig {
			balances: accounts.into_iter().map(|account| (account, self.endowment)).collect(),
			..Default::default()
		};
		let validators = ValidatorsConfig {
			validators: founders
				.iter()
				.map(|(founder, _)| (founder.validator.clone(), founder.seat.clone()))
				.collect(),
			minimum,
		};
		let session = SessionConfig {
			keys: founders
				.iter()
				.map(|(founder, keys)| {
					let account = &founder.validator;
					(account.clone(), account.clone(), keys.clone())
				})
				.collect(),
			..Default::default()
		};
		Ok(json!({
			"balances": serde_json::to_value(balances).map_err(failed)?,
			"validators": serde_json::to_value(validators).map_err(failed)?,
			"session": serde_json::to_value(session).map_err(failed)?,
		}))
	}
}
