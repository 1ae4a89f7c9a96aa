//! Finality: which blocks the validators have made final.

use codec::{Compact, Decode, Encode};
use miniz_oxide::inflate::{
	core::{
		decompress, inflate_flags::TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF, DecompressorOxide,
	},
	TINFLStatus,
};
use serde::{Deserialize, Serialize};
use smoldot::{
	finality::{decode::decode_grandpa_justification, verify},
	header::{DigestItemRef, GrandpaConsensusLogRef},
};

use crate::{header::read, state, Fault, Hash, Header, NUMBER_BYTES};

/// Name of the proof in faults.
const PROOF: &str = "proof of finality";

/// Largest proof of finality, inflated, in bytes: twice what a node sends.
pub(crate) const MAX_PROOF: usize = 8 * 1024 * 1024;

/// Maximum number of bytes that one deflated byte stands for (RFC 1951).
const MAX_RATIO: usize = 1_032;

/// Maximum number of validators that may vote.
const MAX_VOTERS: usize = 1_000;

/// Proven facts about a chain: its first block, its last known final block, and the
/// validators that vote on the next ones.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Stored", into = "Stored")]
pub struct Trusted {
	genesis: Hash,
	set: u64,
	voters: Vec<[u8; 32]>,
	head: Header,
}

impl Trusted {
	/// Starts at the first block, whose hash the caller knows. `proof` proves the validators in the
	/// block's state.
	pub fn from_genesis(genesis: &Hash, header: Vec<u8>, proof: &[u8]) -> Result<Self, Fault> {
		let head = Header::of(genesis, header).map_err(|fault| match fault {
			Fault::OtherBlock(hash) => Fault::OtherChain(hash),
			fault => fault,
		})?;
		if head.number != 0 {
			return Err(Fault::OtherChain(*genesis));
		}
		let key = state::item("Grandpa", "Authorities");
		let stored = state::value(&head.state_root, proof, &key)?.ok_or(Fault::Incomplete)?;
		let voters = state::list_of_weighed_keys(&stored).ok_or(Fault::Malformed("validators"))?;
		Ok(Self { genesis: *genesis, set: 0, voters, head })
	}

	/// Returns the hash of the chain's first block.
	pub fn genesis(&self) -> &Hash {
		&self.genesis
	}

	/// Returns the last known final block.
	pub fn head(&self) -> &Header {
		&self.head
	}

	/// Follows a node's proof of finality from [`head`](Self::head). The proof covers the last
	/// block of each set of validators and the last final block, and is deflated (RFC 1951).
	/// Returns whether the node has no more. On an error, changes nothing.
	pub fn follow(&mut self, proof: &[u8]) -> Result<bool, Fault> {
		let proof = inflate(proof)?;
		let (is_finished, mut rest) = match proof.split_last() {
			Some((0, rest)) => (false, rest),
			Some((1, rest)) => (true, rest),
			_ => return Err(Fault::Malformed(PROOF)),
		};
		let Compact(count) =
			Compact::<u32>::decode(&mut rest).map_err(|_| Fault::Malformed(PROOF))?;
		let mut next = self.clone();
		// Each block is verified before the next one is decoded: as a list, millions of empty ones
		// would take many times the memory of the proof.
		for number in 1..=count {
			let fragment = Fragment::decode(&mut rest).map_err(|_| Fault::Malformed(PROOF))?;
			next.advance(fragment, number == count && is_finished)?;
		}
		if !rest.is_empty() {
			return Err(Fault::Malformed(PROOF));
		}
		*self = next;
		Ok(is_finished)
	}

	/// Follows one block. Only the last one need not change the set of validators.
	fn advance(&mut self, fragment: Fragment, is_last: bool) -> Result<(), Fault> {
		let header = Header::decode(fragment.header)?;
		if header.number < self.head.number {
			return Err(Fault::Older { known: self.head.number, found: header.number });
		}
		// The last block of a set leads to the next set only once.
		if header.hash == self.head.hash {
			return Ok(());
		}
		let justification = fragment.votes.justification(&header)?;
		let decoded = decode_grandpa_justification(&justification, NUMBER_BYTES)
			.map_err(|_| Fault::Malformed(PROOF))?;
		if *decoded.target_hash != header.hash || decoded.target_number != header.number {
			return Err(Fault::Finality("it is about another block".into()));
		}
		verify::verify_justification(verify::JustificationVerifyConfig {
			justification: &justification,
			block_number_bytes: NUMBER_BYTES,
			authorities_set_id: self.set,
			authorities_list: self.voters.iter().map(|voter| &voter[..]),
			// The result is the same with any seed: it only spreads the work.
			randomness_seed: header.hash,
		})
		.map_err(|error| Fault::Finality(error.to_string()))?;
		if header.number == self.head.number {
			return Err(Fault::Finality("two blocks of one number are final".into()));
		}
		match next_voters(&header)? {
			Some(voters) => {
				self.set = self.set.checked_add(1).ok_or(Fault::Malformed("set of validators"))?;
				self.voters = voters;
			}
			None if is_last => {}
			None => return Err(Fault::Finality("a change of the validators is missing".into())),
		}
		self.head = header;
		Ok(())
	}
}

/// A block of a proof of finality, and the votes for it.
#[derive(Decode)]
struct Fragment {
	/// The header, SCALE-encoded.
	header: Vec<u8>,
	votes: Votes,
}

/// Votes that make a block final.
#[derive(Decode)]
enum Votes {
	/// Votes for the block itself, so that its hash and number are left out.
	#[codec(index = 0)]
	Own { round: u64, voters: Vec<[u8; 32]>, signatures: Vec<[u8; 64]> },
	/// A justification as the chain's nodes exchange it: some votes are for a later block.
	#[codec(index = 1)]
	Whole(Vec<u8>),
}

impl Votes {
	/// Returns the block's justification as the chain's nodes exchange it.
	fn justification(self, header: &Header) -> Result<Vec<u8>, Fault> {
		let (round, voters, signatures) = match self {
			Self::Own { round, voters, signatures } => (round, voters, signatures),
			Self::Whole(justification) => return Ok(justification),
		};
		if voters.len() != signatures.len() {
			return Err(Fault::Malformed(PROOF));
		}
		let number = u32::try_from(header.number).map_err(|_| Fault::Malformed(PROOF))?;
		let target = (header.hash, number);
		let votes: Vec<_> = signatures
			.into_iter()
			.zip(voters)
			.map(|(signature, voter)| (target, signature, voter))
			.collect();
		let no_ancestries = Vec::<u8>::new();
		Ok((round, target, votes, no_ancestries).encode())
	}
}

/// Inflates a proof of finality, up to its largest size.
fn inflate(proof: &[u8]) -> Result<Vec<u8>, Fault> {
	let mut inflated = vec![0; proof.len().saturating_mul(MAX_RATIO).min(MAX_PROOF)];
	let (status, read, written) = decompress(
		&mut Box::<DecompressorOxide>::default(),
		proof,
		&mut inflated,
		0,
		TINFL_FLAG_USING_NON_WRAPPING_OUTPUT_BUF,
	);
	match status {
		TINFLStatus::Done if read == proof.len() => {
			inflated.truncate(written);
			Ok(inflated)
		}
		TINFLStatus::HasMoreOutput => Err(Fault::TooLong(PROOF)),
		_ => Err(Fault::Malformed(PROOF)),
	}
}

/// Returns the validators that vote on the blocks after this one, if it changes them.
fn next_voters(header: &Header) -> Result<Option<Vec<[u8; 32]>>, Fault> {
	let mut next = None;
	for item in read(&header.bytes)?.digest.logs() {
		match item {
			DigestItemRef::GrandpaConsensus(GrandpaConsensusLogRef::ScheduledChange(change)) => {
				if change.delay != 0 || next.is_some() {
					return Err(Fault::Finality(
						"it changes the validators in an unknown way".into(),
					));
				}
				let voters: Vec<_> = change
					.next_authorities
					.map(|authority| (*authority.public_key, authority.weight.get()))
					.collect();
				if voters.is_empty()
					|| voters.len() > MAX_VOTERS
					|| voters.iter().any(|(_, weight)| *weight != 1)
				{
					return Err(Fault::Malformed("set of validators"));
				}
				next = Some(voters.into_iter().map(|(voter, _)| voter).collect());
			}
			// Only a chain that has lost its finality does so; then its operators give out a new
			// first block.
			DigestItemRef::GrandpaConsensus(GrandpaConsensusLogRef::ForcedChange { .. }) => {
				return Err(Fault::Finality("it changes the validators by force".into()));
			}
			_ => {}
		}
	}
	Ok(next)
}

/// The form in which [`Trusted`] is kept.
#[derive(Serialize, Deserialize)]
struct Stored {
	#[serde(with = "hex::serde")]
	genesis: Hash,
	set: u64,
	voters: Vec<Voter>,
	#[serde(with = "hex::serde")]
	header: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct Voter(#[serde(with = "hex::serde")] [u8; 32]);

impl From<Trusted> for Stored {
	fn from(trusted: Trusted) -> Self {
		let Trusted { genesis, set, voters, head } = trusted;
		let voters = voters.into_iter().map(Voter).collect();
		Self { genesis, set, voters, header: head.bytes }
	}
}

impl TryFrom<Stored> for Trusted {
	type Error = Fault;

	fn try_from(stored: Stored) -> Result<Self, Fault> {
		let Stored { genesis, set, voters, header } = stored;
		let voters = voters.into_iter().map(|Voter(voter)| voter).collect();
		Ok(Self { genesis, set, voters, head: Header::decode(header)? })
	}
}
