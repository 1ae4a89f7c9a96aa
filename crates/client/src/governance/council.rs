//! The council: one seat for each hospital that runs a validator, and no sudo.

use codec::{Compact, Decode, DecodeAll, Encode};
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
	Account, Client, Follow, Signer, SubmitError,
};

/// What became of a call that the council was asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CouncilOutcome {
	/// Enough seats were for it: it was carried out.
	Executed(Included),
	/// Too many seats were against it.
	Rejected(Included),
	/// Other seats must vote first.
	Proposed {
		/// The transaction that proposed it, or the latest vote.
		included: Included,
		/// Hash of the proposal.
		proposal: Hash32,
		/// How many votes for it it needs.
		threshold: u32,
	},
	/// The vote counts, and someone else was quicker to close the motion: the chain's events say with which result.
	ClosedByOther(Included),
	/// Another seat had proposed the same: the seat voted for that motion, which came to this.
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
	/// The call in words, as the chain's metadata gives them: `pallet.call field: value, …`.
	pub call: String,
	/// How many votes for it it needs.
	pub threshold: u32,
	/// Who is for it.
	pub ayes: Vec<Account>,
	/// Who is against it.
	pub nays: Vec<Account>,
	/// Until which block the council votes.
	pub end: u32,
	#[serde(skip)]
	encoded: Vec<u8>,
}

impl Motion {
	/// Whether it can be closed already, in a council of so many seats.
	pub fn is_decided(&self, seats: usize) -> bool {
		let against = seats.saturating_sub(self.nays.len());
		self.ayes.len() >= self.threshold as usize || against < self.threshold as usize
	}

	/// Whether a seat that would propose the same can vote for this motion instead, where that takes so many votes.
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
	/// Asks the council for a call: proposes it, and votes for it. Two thirds of the seats decide.
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

	/// The same for a call that another tool encoded: pallet number, call number, arguments.
	///
	/// Fails if the chain has no such call, or something is left over behind it.
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
		let (included, events) = self.submit_for_events(seat, &propose, follow).await?;
		match events.result {
			// Another seat was quicker.
			Err(error) if error.is_duplicate_proposal() => {
				let joined = self.join(seat, &proposal, threshold, follow).await?;
				return joined.ok_or(error.into());
			}
			result => result?,
		}
		match events.council {
			Some(Council::Executed(result)) => {
				result?;
				Ok(CouncilOutcome::Executed(included))
			}
			Some(Council::Proposed(proposal)) => {
				// Who proposes is for it: the chain does not take that for granted.
				let motion = self.motion(&proposal).await?;
				self.vote_on(seat, &motion, true, follow).await
			}
			Some(Council::Disapproved) | None => Err(no_answer()),
		}
	}

	/// Votes for the open motion that would do the same, if there is one.
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

	/// Votes on a motion, and closes it if that decides it.
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
		let (included, events) = self.submit_for_events(seat, &vote, follow).await?;
		events.result?;
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

	/// Closes a motion that is decided, or whose time is over: carries it out, or drops it. Anyone may.
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
		let (included, events) = self.submit_for_events(signer, &close, follow).await?;
		events.result?;
		match events.council {
			Some(Council::Executed(result)) => {
				result?;
				Ok(CouncilOutcome::Executed(included))
			}
			Some(Council::Disapproved) => Ok(CouncilOutcome::Rejected(included)),
			Some(Council::Proposed(_)) | None => Err(no_answer()),
		}
	}

	/// The open motions, oldest first.
	pub async fn motions(&self) -> Result<Vec<Motion>, SubmitError> {
		let now = self.now();
		let proposals: Vec<Hash32> =
			now.storage(&key("Proposals", None)).await?.unwrap_or_default();
		let mut motions = Vec::with_capacity(proposals.len());
		for proposal in proposals {
			match self.motion(&proposal).await {
				Ok(motion) => motions.push(motion),
				// Closed meanwhile.
				Err(SubmitError::NoMotion(_)) => {}
				Err(error) => return Err(error),
			}
		}
		Ok(motions)
	}

	/// An open motion.
	pub async fn motion(&self, proposal: &Hash32) -> Result<Motion, SubmitError> {
		let now = self.now();
		let missing = || SubmitError::NoMotion(*proposal);
		let votes: Votes =
			now.storage(&key("Voting", Some(proposal))).await?.ok_or_else(missing)?;
		let encoded =
			now.storage_bytes(&key("ProposalOf", Some(proposal))).await?.ok_or_else(missing)?;
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

	/// What the chain charges for a call: time in picoseconds, and the size of its proof in bytes.
	async fn weight_of(&self, call: &[u8]) -> Result<(u64, u64), RpcError> {
		const METHOD: &str = "TransactionPaymentCallApi_query_call_info";
		let mut arguments = call.to_vec();
		(call.len() as u32).encode_to(&mut arguments);
		let bytes = self
			.inner
			.methods
			.state_call(METHOD, Some(&arguments), None)
			.await
			.map_err(|error| self.inner.connection.explain(METHOD, error))?;
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

/// The storage key of an item of the council's; of its entry for a proposal.
fn key(item: &str, proposal: Option<&Hash32>) -> Vec<u8> {
	let prefix = ["Council", item].map(|name| sp_crypto_hashing::twox_128(name.as_bytes()));
	let mut key = prefix.concat();
	key.extend(proposal.into_iter().flatten());
	key
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
	fn a_seat_that_proposes_the_same_votes_for_the_open_motion_if_it_can() {
		let seat = |byte| Account::from([byte; 32]);
		let mut open = motion(3, 1, 0);
		open.nays = vec![seat(9)];
		// More votes than it takes carry it out, too.
		for threshold in [2, 3] {
			assert!(open.check_joining(&seat(5), threshold).is_ok());
		}
		let weak = open.check_joining(&seat(5), 4).unwrap_err();
		assert!(matches!(weak, SubmitError::WeakMotion { needed: 4, .. }));
		let advice = weak.to_string();
		let hash = format!("0x{}", "01".repeat(32));
		for step in ["council vote --no", "council close", "propose it again"] {
			assert!(advice.contains(step) && advice.contains(&hash), "{advice}");
		}
		for (who, vote) in [(0, "for"), (9, "against")] {
			let before = open.check_joining(&seat(who), 3).unwrap_err();
			assert!(before.to_string().contains(&format!("voted {vote} it")), "{before}");
		}
	}

	#[test]
	fn a_motion_is_decided_when_the_other_votes_cannot_change_it() {
		assert!(!motion(3, 2, 1).is_decided(4));
		assert!(motion(3, 3, 0).is_decided(4));
		assert!(motion(3, 2, 2).is_decided(4));
		assert!(!motion(2, 1, 2).is_decided(4));
		assert!(motion(2, 1, 3).is_decided(4));
	}
}
