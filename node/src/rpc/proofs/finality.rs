//! The form in which clients get a proof of finality: the SDK's, without everything that a client
//! can add itself.
//!
//! A proof is deflated SCALE: a list of blocks, and whether there is no more. A block is its
//! encoded header, and one of:
//!
//! - [`OWN`]: the round, the voters and their signatures. The votes are for the block itself, so
//!   its hash and number are left out, and so are votes beyond the necessary ones.
//! - [`WHOLE`]: the encoded justification, if a vote is for a later block.
//!
//! `crates/light` has the client's side.

use codec::{Compact, Decode, Encode};
use miniz_oxide::deflate::compress_to_vec;
use salus_runtime::{opaque::Block, Header};
use sc_consensus_grandpa::{find_scheduled_change, GrandpaJustification};

/// Index of votes for the block itself.
const OWN: u8 = 0;

/// Index of a justification of the SDK.
const WHOLE: u8 = 1;

/// Level of the compression: signatures and hashes do not get smaller at a higher one.
const LEVEL: u8 = 6;

/// Shortens the SDK's proof of finality. `limit` is the maximum size before it is deflated, in
/// bytes; of a longer proof, returns the beginning.
pub(super) fn shortened(proof: &[u8], limit: usize) -> Result<Vec<u8>, codec::Error> {
	type Fragments = Vec<(Header, GrandpaJustification<Block>)>;
	let (fragments, mut is_finished) = <(Fragments, bool)>::decode(&mut &*proof)?;
	let (mut count, mut blocks, mut validators) = (0, Vec::new(), None);
	for (header, justification) in fragments {
		let block = block(&header, justification, validators);
		if blocks.len() + block.len() > limit {
			is_finished = false;
			break;
		}
		blocks.extend(block);
		count += 1;
		let change = find_scheduled_change::<Block>(&header);
		validators = change.map(|change| change.next_authorities.len());
	}
	let mut shortened = Compact::<u32>(count).encode();
	shortened.extend(blocks);
	is_finished.encode_to(&mut shortened);
	Ok(compress_to_vec(&shortened, LEVEL))
}

/// Returns a block of a proof, encoded. `validators` is the number of those that may vote on it, if
/// it is known.
fn block(
	header: &Header,
	proved: GrandpaJustification<Block>,
	validators: Option<usize>,
) -> Vec<u8> {
	let justification = proved.justification;
	let (commit, target) = (&justification.commit, (header.hash(), header.number));
	let is_own = justification.votes_ancestries.is_empty()
		&& (commit.target_hash, commit.target_number) == target
		&& commit
			.precommits
			.iter()
			.all(|vote| (vote.precommit.target_hash, vote.precommit.target_number) == target);
	if !is_own {
		return (header.encode(), WHOLE, justification.encode()).encode();
	}
	// Each validator has one vote, and more than two thirds of the votes make a block final.
	let necessary = validators.map_or(usize::MAX, |validators| validators * 2 / 3 + 1);
	let (voters, signatures): (Vec<_>, Vec<_>) = justification
		.commit
		.precommits
		.into_iter()
		.take(necessary)
		.map(|vote| (vote.id, vote.signature))
		.unzip();
	(header.encode(), OWN, justification.round, voters, signatures).encode()
}

#[cfg(test)]
mod tests {
	use super::*;
	use miniz_oxide::inflate::decompress_to_vec;
	use salus_runtime::Hash;
	use sc_consensus_grandpa::GRANDPA_ENGINE_ID;
	use sp_runtime::{Digest, DigestItem};

	const ROUND: u64 = 5;

	type Vote = ((Hash, u32), [u8; 64], [u8; 32]);

	/// A justification in the SDK's form.
	type Justification = (u64, ((Hash, u32), Vec<Vote>), Vec<Header>);

	/// Returns a header that has four validators vote on the next blocks.
	fn header(number: u32) -> Header {
		let validators: Vec<_> = (1..=4u8).map(|seed| ([seed; 32], 1u64)).collect();
		let change = (1u8, validators, 0u32).encode();
		Header {
			parent_hash: Hash::repeat_byte(1),
			number,
			state_root: Hash::repeat_byte(2),
			extrinsics_root: Hash::repeat_byte(3),
			digest: Digest { logs: vec![DigestItem::Consensus(GRANDPA_ENGINE_ID, change)] },
		}
	}

	/// Returns the votes of four validators for a block.
	fn votes(header: &Header) -> Vec<Vote> {
		(1..=4u8)
			.map(|seed| ((header.hash(), header.number), [seed + 10; 64], [seed; 32]))
			.collect()
	}

	fn justification(header: &Header) -> Justification {
		(ROUND, ((header.hash(), header.number), votes(header)), Vec::new())
	}

	/// Returns what clients get of a block with its first votes.
	fn own(header: &Header, count: usize) -> Vec<u8> {
		let (voters, signatures): (Vec<_>, Vec<_>) = votes(header)
			.into_iter()
			.take(count)
			.map(|(_, signature, voter)| (voter, signature))
			.unzip();
		(header.encode(), 0u8, ROUND, voters, signatures).encode()
	}

	fn short(fragments: &[(Header, Justification)], limit: usize) -> Vec<u8> {
		let proof = (fragments, true).encode();
		decompress_to_vec(&shortened(&proof, limit).unwrap()).unwrap()
	}

	#[test]
	fn only_the_necessary_votes_stay() {
		let fragments = [1, 2].map(|number| (header(number), justification(&header(number))));
		// The validators that vote on the first block are not known.
		let expected = [vec![2 << 2], own(&header(1), 4), own(&header(2), 3), vec![1]].concat();
		assert_eq!(short(&fragments, usize::MAX), expected);
	}

	#[test]
	fn a_vote_for_a_later_block_is_kept() {
		let (header, later) = (header(1), header(2));
		let mut mixed = justification(&header);
		mixed.1 .1[0].0 = (later.hash(), later.number);
		mixed.2.push(later);
		let expected = (header.encode(), 1u8, mixed.encode()).encode();
		let expected = [vec![1 << 2], expected, vec![1]].concat();
		assert_eq!(short(&[(header, mixed)], usize::MAX), expected);
	}

	#[test]
	fn a_proof_that_is_too_long_is_cut() {
		let fragments = [1, 2, 3].map(|number| (header(number), justification(&header(number))));
		let first = own(&header(1), 4);
		let expected = [vec![1 << 2], first.clone(), vec![0]].concat();
		assert_eq!(short(&fragments, first.len()), expected);
		assert_eq!(short(&fragments, first.len() - 1), [0, 0]);
	}
}
