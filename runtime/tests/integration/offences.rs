//! Removal of validators that provably equivocated.

use crate::common::*;
use finality_grandpa::{Equivocation, Message, Prevote};
use frame_support::traits::KeyOwnerProofSystem;
use salus_runtime::{
	AccountId, Executive, Grandpa, Hash, Historical, RuntimeCall, Session, UncheckedExtrinsic,
	Validators,
};
use serde_json::json;
use sp_consensus_grandpa::{AuthorityId, EquivocationProof, OpaqueKeyOwnershipProof, KEY_TYPE};
use sp_keyring::Ed25519Keyring;
use sp_runtime::{
	transaction_validity::{InvalidTransaction, TransactionValidityError},
	ApplyExtrinsicResult,
};

/// Creates two votes of one validator in the same round, for these blocks.
fn votes(signer: Ed25519Keyring, blocks: [Hash; 2]) -> EquivocationProof<Hash, u32> {
	votes_in(5, signer, blocks)
}

/// Creates two votes of one validator in a round, for these blocks.
fn votes_in(round: u64, signer: Ed25519Keyring, blocks: [Hash; 2]) -> EquivocationProof<Hash, u32> {
	const SET: u64 = 0;
	let vote = |target_hash| {
		let vote = Prevote { target_hash, target_number: 1 };
		let signed =
			sp_consensus_grandpa::localized_payload(round, SET, &Message::Prevote(vote.clone()));
		(vote, signer.sign(&signed).into())
	};
	let equivocation = Equivocation {
		round_number: round,
		identity: signer.public().into(),
		first: vote(blocks[0]),
		second: vote(blocks[1]),
	};
	EquivocationProof::new(SET, sp_consensus_grandpa::Equivocation::Prevote(equivocation))
}

fn forks() -> [Hash; 2] {
	[Hash::repeat_byte(1), Hash::repeat_byte(2)]
}

/// Reports an equivocation as a node does, with a proof of the key's owner.
fn report(of: Ed25519Keyring, proof: EquivocationProof<Hash, u32>) -> ApplyExtrinsicResult {
	let key = AuthorityId::from(of.public());
	let owner = Historical::prove((KEY_TYPE, key)).expect("it is a validator's key");
	// The form in which it travels between node and runtime.
	let owner = OpaqueKeyOwnershipProof::new(codec::Encode::encode(&owner))
		.decode()
		.expect("it was encoded just now");
	let call = pallet_grandpa::Call::report_equivocation_unsigned {
		equivocation_proof: Box::new(proof),
		key_owner_proof: owner,
	};
	Executive::apply_extrinsic(UncheckedExtrinsic::new_bare(RuntimeCall::Grandpa(call)))
}

fn four(minimum: u32, test: impl FnOnce()) {
	on_chain_of("local_testnet", json!({ "validators": { "minimum": minimum } }), test);
}

fn set() -> Vec<AccountId> {
	let set = Validators::set();
	set.validators.into_iter().map(|validator| validator.account).collect()
}

#[test]
fn a_proof_of_equivocation_removes_the_validator() {
	four(3, || {
		let outcome = report(Ed25519Keyring::Charlie, votes(Ed25519Keyring::Charlie, forks()));
		assert_eq!(outcome, Ok(Ok(())));
		let others = ["//Alice", "//Bob", "//Dave"].map(account);
		assert_eq!(set(), others);
		assert_eq!(pallet_collective::Members::<salus_runtime::Runtime, pallet_collective::Instance1>::get().len(), 3);
		next_block_at(2_000);
		next_block_at(4_000);
		assert_eq!(Session::validators(), others);
		// The finality set follows when that block ends.
		next_block_at(6_000);
		assert_eq!(Grandpa::grandpa_authorities().len(), 3);
	});
}

#[test]
fn the_same_proof_counts_only_once() {
	four(2, || {
		let proof = votes(Ed25519Keyring::Charlie, forks());
		assert_eq!(report(Ed25519Keyring::Charlie, proof.clone()), Ok(Ok(())));
		assert_eq!(
			report(Ed25519Keyring::Charlie, proof),
			Err(TransactionValidityError::Invalid(InvalidTransaction::Stale))
		);
		assert_eq!(set().len(), 3);
	});
}

#[test]
fn at_the_minimum_the_council_decides() {
	four(4, || {
		let proof = votes(Ed25519Keyring::Charlie, forks());
		assert_eq!(report(Ed25519Keyring::Charlie, proof), Ok(Ok(())));
		assert_eq!(set().len(), 4);
	});
}

#[test]
fn a_validator_cannot_flood_the_chain_with_proofs() {
	// A validator stays at the minimum, and is removed above it.
	for minimum in [4, 3] {
		four(minimum, || {
			let charlie = Ed25519Keyring::Charlie;
			assert_eq!(report(charlie, votes(charlie, forks())), Ok(Ok(())));
			for round in 6..10 {
				let outcome = report(charlie, votes_in(round, charlie, forks()));
				let stale = TransactionValidityError::Invalid(InvalidTransaction::Stale);
				assert_eq!(outcome, Err(stale));
			}
			assert_eq!(pallet_offences::Reports::<salus_runtime::Runtime>::iter().count(), 1);
			// Another one's proof counts.
			let dave = Ed25519Keyring::Dave;
			assert_eq!(report(dave, votes_in(6, dave, forks())), Ok(Ok(())));
		});
	}
}

#[test]
fn an_invalid_proof_removes_nobody() {
	four(3, || {
		// Two votes for the same block.
		let same = votes(Ed25519Keyring::Charlie, [Hash::repeat_byte(1); 2]);
		// Another validator's key.
		let other = votes(Ed25519Keyring::Eve, forks());
		for proof in [same, other] {
			assert!(matches!(
				report(Ed25519Keyring::Charlie, proof),
				Ok(Err(_)) | Err(TransactionValidityError::Invalid(_))
			));
		}
		assert_eq!(set().len(), 4);
	});
}
