//! Signed transactions, and the blocks that may take them.

use std::time::Duration;

use salus_primitives::Hash32;
use serde::{Deserialize, Serialize};
use subxt::{
	client::OnlineClientAtBlock,
	config::{transaction_extensions::CheckMortalityParams, Config, SubstrateConfig},
	error::ExtrinsicError,
	ext::frame_decode::extrinsics::{encode_v4_signed, encode_v4_signer_payload},
	transactions::Payload,
	utils::{MultiSignature, H256},
};

use super::{extensions::extensions, library, SubmitError};
use crate::{
	chain::{calls::Call, metadata::constant},
	Signer,
};

/// Minimum number of blocks after the best one in which a transaction may be included.
pub(super) const LIFE: u64 = 128;

/// Maximum number of blocks that a fork may take back. The search for a transaction covers them.
pub(super) const FORK: u64 = 128;

/// Number of block hashes that a chain remembers, if its metadata does not say.
const DEFAULT_BLOCK_HASH_COUNT: u64 = 256;

/// The blocks in which a transaction may be included.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mortality {
	/// From the final block on, for this number of blocks, a power of two.
	Mortal(u64),
	/// In any block: the chain has forgotten the hash of the final block, which is too far behind.
	/// The nonce prevents a second inclusion.
	Immortal,
}

impl Mortality {
	/// Returns the mortality of a transaction that is signed now, on a chain that remembers this
	/// number of block hashes.
	pub(super) fn new(best: u64, finalized: u64, remembered: u64) -> Self {
		// Neither the best block nor the final one may be forgotten during its life.
		let period = best
			.saturating_sub(finalized)
			.saturating_add(LIFE + 1)
			.checked_next_power_of_two()
			.unwrap_or(u64::MAX)
			.max(2 * LIFE);
		if period <= remembered {
			Self::Mortal(period)
		} else {
			Self::Immortal
		}
	}
}

/// A signed transaction. It takes effect once, even if it is sent repeatedly.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct SignedTransaction {
	#[serde(with = "hex::serde")]
	pub(super) bytes: Vec<u8>,
	pub(super) hash: H256,
	/// Nonce of the account.
	pub(super) nonce: u64,
	/// Number of the final block from which it is dated, which was proved. Only later blocks can
	/// have it.
	#[serde(default)]
	pub(super) dated: u64,
	/// Number of the first block that can have it, according to the node.
	pub(super) first: u64,
	/// Number of the last block that can have it; `None` if it is immortal.
	pub(super) last: Option<u64>,
	/// Version of the runtime for which it is signed. No other accepts it.
	pub(super) spec_version: u32,
}

impl SignedTransaction {
	/// Returns whether no block after this final one can have it, because its life is over.
	pub(super) fn has_expired(&self, finalized: u64) -> bool {
		self.last.is_some_and(|last| last <= finalized)
	}

	/// Returns whether no block after a final one with this version of the runtime can have it,
	/// because it was signed for an earlier one. Versions only increase. It can be signed for a
	/// later one as well, whose block is not yet final.
	pub(super) fn is_outdated(&self, final_spec: u32) -> bool {
		self.spec_version < final_spec
	}
}

#[cfg(test)]
impl SignedTransaction {
	/// Returns a transaction that no chain has.
	pub(crate) fn example(nonce: u64) -> Self {
		let bytes = nonce.to_be_bytes().to_vec();
		Self {
			hash: H256(sp_crypto_hashing::blake2_256(&bytes)),
			bytes,
			nonce,
			dated: 0,
			first: 1,
			last: Some(129),
			spec_version: 2,
		}
	}
}

/// Returns the number of block hashes that the chain remembers. No transaction can be dated from an
/// earlier block.
fn block_hash_count(at: &OnlineClientAtBlock<SubstrateConfig>) -> u64 {
	constant::<u32>(at, "System", "BlockHashCount").map_or(DEFAULT_BLOCK_HASH_COUNT, u64::from)
}

/// The final block from which a transaction is dated, which was proved.
pub(super) struct Anchor {
	pub(super) number: u64,
	pub(super) hash: H256,
	/// Time since it was made.
	pub(super) age: Duration,
}

impl Anchor {
	/// Returns the number of the best block that the node names, limited to the greatest that is
	/// possible. A node that named a greater one could have a transaction signed for longer than it
	/// should live.
	pub(super) fn plausible_best(&self, best: u64) -> u64 {
		let most = self.number.saturating_add(self.age.as_secs()).saturating_add(LIFE);
		best.min(most)
	}
}

/// Signs a call. `digest` is the hash of the metadata, if the runtime carries one.
pub(super) fn sign(
	at: &OnlineClientAtBlock<SubstrateConfig>,
	anchor: Anchor,
	signer: &Signer,
	call: &Call,
	nonce: u64,
	digest: Option<Hash32>,
) -> Result<SignedTransaction, SubmitError> {
	let best = anchor.plausible_best(at.block_number());
	let (finalized, hash) = (anchor.number, anchor.hash);
	let (mortality, last) = match Mortality::new(best, finalized, block_hash_count(at)) {
		Mortality::Mortal(period) => (
			CheckMortalityParams::mortal_from_unchecked(period, finalized, hash),
			Some(finalized.saturating_add(period)),
		),
		Mortality::Immortal => (CheckMortalityParams::immortal(), None),
	};
	let extensions = extensions(at, nonce, mortality, digest)?;
	let (pallet, name, arguments) = (call.pallet_name(), call.call_name(), call.call_data());
	let metadata = at.metadata_ref();
	let types = metadata.types();
	let payload = encode_v4_signer_payload(pallet, name, arguments, &extensions, metadata, types)
		.map_err(ExtrinsicError::from)
		.map_err(library)?;
	let signature = MultiSignature::Sr25519(signer.sign(&payload));
	let address = <SubstrateConfig as Config>::Address::from(signer.own_account());
	let bytes = encode_v4_signed(
		pallet,
		name,
		arguments,
		&extensions,
		&address,
		&signature,
		metadata,
		types,
	)
	.map_err(ExtrinsicError::from)
	.map_err(library)?;
	Ok(SignedTransaction {
		hash: H256(sp_crypto_hashing::blake2_256(&bytes)),
		bytes,
		nonce,
		dated: finalized,
		first: best.saturating_sub(FORK).max(finalized),
		last,
		spec_version: at.spec_version(),
	})
}
