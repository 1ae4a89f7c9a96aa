//! The council: one seat for each hospital that runs a validator. There is no sudo.

use codec::{Compact, Decode, DecodeAll, Encode};
use salus_light::Fault;
use salus_primitives::Hash32;
use serde::Serialize;

use super::read::words;
use crate::{
	chain::{
		calls::{self, Call},
		metadata::check_call,
		rpc::RpcError,
		submit::{library, Council, Included},
	},
	storage, Account, Client, Follow, Signer, SubmitError,
};

/// Outcome of a call that was put to the council.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CouncilOutcome {
	/// Enough seats voted for it, and it was executed.
	Executed(Included),
	/// Too many seats voted against it.
	Rejected(Included),
	/// Other seats must vote first.
	Proposed {
		/// The transaction with the proposal, or the latest vote.
		included: Included,
		/// Hash of the motion.
		proposal: Hash32,
		/// Number of votes that it needs.
		threshold: u32,
	},
	/// The vote counts, but someone else closed the motion sooner. The chain's events have the
	/// result.
	ClosedByOther(Included),
	/// Another seat had proposed the same. The seat voted for that motion, with this outcome.
	Joined(Box<CouncilOutcome>),
}

/// A call on which the council votes.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Motion {
	/// Hash of the call, which names the motion.
	#[serde(with = "crate::json::hex")]
	pub proposal: Hash32,
	/// Number of the motion.
	pub index: u32,
	/// The call in words, from the chain's metadata: `pallet.call field: value, …`.
	pub call: String,
	/// Number of votes that it needs.
	pub threshold: u32,
	/// Accounts that voted for it.
	pub ayes: Vec<Account>,
	/// Accounts that voted against it.
	pub nays: Vec<Account>,
	/// Block at which the vote ends.
	pub end: u32,
	/// The call, whose hash is the motion's.
	#[serde(skip)]
	pub(super) encoded: Vec<u8>,
}

impl Motion {
	/// Returns whether it can be closed already, in a council with this number of seats.
	pub fn is_decided(&self, seats: usize) -> bool {
		let against = seats.saturating_sub(self.nays.len());
		self.ayes.len() >= self.threshold as usize || against < self.threshold as usize
	}

	/// Checks that a seat that would propose the same call can vote for this motion instead, if it
	/// needs enough votes.
	fn check_joining(&self, seat: &Account, threshold: u32) -> Result<(), SubmitError> {
		if self.threshold < threshold {
			return Err(SubmitError::WeakMotion {
				proposal: self.proposal,
				threshold: self.threshold,
				needed: threshold,
			});
		}
		let voted = |votes: &[Account]| votes.contains(seat);
		if voted(&self.ayes) || voted(&self.nays) {
			return Err(SubmitError::VotedBefore {
				proposal: self.proposal,
				vote: if voted(&self.ayes) { "for" } else { "against" },
				threshold: self.threshold,
			});
		}
		Ok(())
	}
}

/// A motion's votes, as `pallet-collective` stores them.
#[derive(Decode)]
struct Votes {
	index: u32,
	threshold: u32,
	ayes: Vec<Account>,
	nays: Vec<Account>,
	end: u32,
}

impl Client {
	/// Puts a call to the council: proposes it, and votes for it. Two thirds of the seats decide.
	pub async fn submit_to_council(
		&self,
		seat: &Signer,
		call: &Call,
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		let at = self.state().await?;
		check_call(&at, call)?;
		let encoded = at.tx().call_data(call).map_err(library)?;
		self.propose_in(seat, &encoded, follow).await
	}

	/// Does the same for a call that another tool encoded: pallet number, call number, arguments.
	///
	/// Fails if the chain does not have the call, or if bytes are left over.
	pub async fn propose(
		&self,
		seat: &Signer,
		call: &[u8],
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		self.read_call(call).await?;
		self.propose_in(seat, call, follow).await
	}

	async fn propose_in(
		&self,
		seat: &Signer,
		encoded: &[u8],
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		let seats = self.check_seat(seat).await? as u32;
		let threshold = seats.saturating_mul(2).div_ceil(3);
		let proposal = sp_crypto_hashing::blake2_256(encoded);
		if let Some(outcome) = self.join(seat, &proposal, threshold, follow).await? {
			return Ok(outcome);
		}
		let propose = calls::council::propose(threshold, encoded);
		let executed = match self.submit(seat, &propose).follow(follow).await {
			// Another seat proposed it sooner.
			Err(SubmitError::Chain(error)) if error.is_duplicate_proposal() => {
				let joined = self.join(seat, &proposal, threshold, follow).await?;
				return joined.ok_or(error.into());
			}
			executed => executed?,
		};
		let included = executed.included;
		match executed.council {
			Some(Council::Executed(result)) => {
				result?;
				Ok(CouncilOutcome::Executed(included))
			}
			Some(Council::Proposed(proposal)) => {
				// The chain does not count the proposer's vote by itself.
				let motion = self.motion(&proposal).await?;
				self.vote_on(seat, &motion, true, follow).await
			}
			Some(Council::Disapproved) | None => Err(no_answer()),
		}
	}

	/// Votes for the open motion about the same call, if there is one.
	async fn join(
		&self,
		seat: &Signer,
		proposal: &Hash32,
		threshold: u32,
		follow: Follow,
	) -> Result<Option<CouncilOutcome>, SubmitError> {
		let motion = match self.motion(proposal).await {
			Ok(motion) => motion,
			Err(SubmitError::NoMotion(_)) => return Ok(None),
			Err(error) => return Err(error),
		};
		motion.check_joining(&seat.account(), threshold)?;
		let outcome = self.vote_on(seat, &motion, true, follow).await?;
		Ok(Some(CouncilOutcome::Joined(Box::new(outcome))))
	}

	/// Votes on a motion, and closes it if the vote decides it.
	pub async fn vote(
		&self,
		seat: &Signer,
		proposal: &Hash32,
		approve: bool,
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		self.check_seat(seat).await?;
		let motion = self.motion(proposal).await?;
		self.vote_on(seat, &motion, approve, follow).await
	}

	async fn vote_on(
		&self,
		seat: &Signer,
		motion: &Motion,
		approve: bool,
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		let vote = calls::council::vote(motion.proposal, motion.index, approve);
		let included = self.submit(seat, &vote).follow(follow).await?.included;
		let seats = self.now().council().await?.len();
		match self.motion(&motion.proposal).await {
			Ok(motion) if motion.is_decided(seats) => {
				self.close_motion(seat, &motion, follow).await
			}
			Ok(motion) => Ok(CouncilOutcome::Proposed {
				included,
				proposal: motion.proposal,
				threshold: motion.threshold,
			}),
			Err(SubmitError::NoMotion(_)) => Ok(CouncilOutcome::ClosedByOther(included)),
			Err(error) => Err(error),
		}
	}

	/// Closes a motion that is decided or has expired, which executes or drops it. Anyone may.
	pub async fn close(
		&self,
		signer: &Signer,
		proposal: &Hash32,
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		let motion = self.motion(proposal).await?;
		self.close_motion(signer, &motion, follow).await
	}

	async fn close_motion(
		&self,
		signer: &Signer,
		motion: &Motion,
		follow: Follow,
	) -> Result<CouncilOutcome, SubmitError> {
		let length = motion.encoded.len() as u32;
		let weight = self.weight_of(&motion.encoded).await?;
		let close = calls::council::close(motion.proposal, motion.index, weight, length);
		let executed = self.submit(signer, &close).follow(follow).await?;
		let included = executed.included;
		match executed.council {
			Some(Council::Executed(result)) => {
				result?;
				Ok(CouncilOutcome::Executed(included))
			}
			Some(Council::Disapproved) => Ok(CouncilOutcome::Rejected(included)),
			Some(Council::Proposed(_)) | None => Err(no_answer()),
		}
	}

	/// Returns the open motions, oldest first.
	pub async fn motions(&self) -> Result<Vec<Motion>, SubmitError> {
		let now = self.now();
		let proposals: Vec<Hash32> =
			now.storage(&storage::item("Council", "Proposals")).await?.unwrap_or_default();
		let mut motions = Vec::with_capacity(proposals.len());
		for proposal in proposals {
			match self.motion(&proposal).await {
				Ok(motion) => motions.push(motion),
				// Closed since the list was read.
				Err(SubmitError::NoMotion(_)) => {}
				Err(error) => return Err(error),
			}
		}
		Ok(motions)
	}

	/// Returns an open motion.
	pub async fn motion(&self, proposal: &Hash32) -> Result<Motion, SubmitError> {
		let now = self.now();
		let missing = || SubmitError::NoMotion(*proposal);
		let votes: Votes = now
			.storage(&storage::plain_entry("Council", "Voting", proposal))
			.await?
			.ok_or_else(missing)?;
		let key = storage::plain_entry("Council", "ProposalOf", proposal);
		let encoded = now.storage_bytes(&key).await?.ok_or_else(missing)?;
		let encoded =
			call_of(proposal, encoded).map_err(|fault| self.untrue("state_getStorage", fault))?;
		Ok(Motion {
			proposal: *proposal,
			index: votes.index,
			call: words(&self.state().await?, &encoded),
			threshold: votes.threshold,
			ayes: votes.ayes,
			nays: votes.nays,
			end: votes.end,
			encoded,
		})
	}

	async fn check_seat(&self, seat: &Signer) -> Result<usize, SubmitError> {
		let seats = self.now().council().await?;
		if !seats.contains(&seat.account()) {
			return Err(SubmitError::NoSeat(seat.account()));
		}
		Ok(seats.len())
	}

	/// Returns the weight of a call: time in picoseconds, and size of its proof in bytes.
	async fn weight_of(&self, call: &[u8]) -> Result<(u64, u64), RpcError> {
		const METHOD: &str = "TransactionPaymentCallApi_query_call_info";
		let mut arguments = call.to_vec();
		(call.len() as u32).encode_to(&mut arguments);
		let last = self.last_final().await?;
		let bytes = self.call_proven(&last, METHOD, &arguments).await?;
		// Weight, class, fee.
		<((Compact<u64>, Compact<u64>), u8, u128)>::decode_all(&mut &bytes[..])
			.map(|((time, proof), _, _)| (time.0, proof.0))
			.map_err(|source| RpcError::Answer { method: METHOD.into(), source: Box::new(source) })
	}
}

fn no_answer() -> SubmitError {
	SubmitError::Invalid {
		reason: "the council's answer is missing from the block; update this client".into(),
	}
}

/// Checks that a call is the one that a motion would execute. While finality seems to stall, a node
/// could show another one under the motion's hash.
fn call_of(proposal: &Hash32, encoded: Vec<u8>) -> Result<Vec<u8>, Fault> {
	match sp_crypto_hashing::blake2_256(&encoded) == *proposal {
		true => Ok(encoded),
		false => Err(Fault::OtherMotion(*proposal)),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	fn motion(threshold: u32, ayes: usize, nays: usize) -> Motion {
		let seats = |count| (0..count).map(|seat| Account::from([seat as u8; 32])).collect();
		Motion {
			proposal: [1; 32],
			index: 0,
			call: String::new(),
			threshold,
			ayes: seats(ayes),
			nays: seats(nays),
			end: 100,
			encoded: Vec::new(),
		}
	}

	#[test]
	fn a_seat_joins_the_open_motion_if_it_can() {
		let seat = |byte| Account::from([byte; 32]);
		let mut open = motion(3, 1, 0);
		open.nays = vec![seat(9)];
		// More votes than needed also execute it.
		for threshold in [2, 3] {
			assert!(open.check_joining(&seat(5), threshold).is_ok());
		}
		let weak = open.check_joining(&seat(5), 4).unwrap_err();
		assert!(matches!(weak, SubmitError::WeakMotion { needed: 4, .. }));
		let advice = weak.to_string();
		let hash = format!("0x{}", "01".repeat(32));
		for step in ["vote against it", "close it", "propose it again"] {
			assert!(advice.contains(step) && advice.contains(&hash), "{advice}");
		}
		for (who, vote) in [(0, "for"), (9, "against")] {
			let before = open.check_joining(&seat(who), 3).unwrap_err();
			assert!(before.to_string().contains(&format!("voted {vote} it")), "{before}");
		}
	}

	#[test]
	fn a_motions_call_is_the_one_that_its_hash_names() {
		let proposal = sp_crypto_hashing::blake2_256(b"remove a validator");
		assert!(call_of(&proposal, b"remove a validator".to_vec()).is_ok());
		let other = call_of(&proposal, b"set the minimum".to_vec());
		assert_eq!(other, Err(Fault::OtherMotion(proposal)));
	}

	#[test]
	fn a_motion_is_decided_once_no_vote_can_change_it() {
		assert!(!motion(3, 2, 1).is_decided(4));
		assert!(motion(3, 3, 0).is_decided(4));
		assert!(motion(3, 2, 2).is_decided(4));
		assert!(!motion(2, 1, 2).is_decided(4));
		assert!(motion(2, 1, 3).is_decided(4));
	}
}
