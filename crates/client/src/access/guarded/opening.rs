//! Collecting the hospitals' shares until they open the key.

use std::collections::{BTreeMap, BTreeSet};

use salus_envelope::{Dek, Delivery};
use salus_primitives::{MemberIndex, OrganisationId, SealedShare};
use salus_threshold::{self as threshold, CombineError, EpochPublic, ReleaseContext};
use zeroize::Zeroizing;

use crate::{progress::Milestone, state::readings::OneTime, Error};

/// A release under way, on the reader's side.
pub(super) struct Opening {
	pub(super) public: EpochPublic,
	pub(super) sealed: threshold::SealedKey,
	pub(super) context: ReleaseContext,
	pub(super) one_time: OneTime,
	/// Known organisations of the members.
	pub(super) organisations: BTreeMap<MemberIndex, OrganisationId>,
	/// Opened shares that are good, or not yet known to be bad.
	pub(super) shares: Vec<(MemberIndex, Zeroizing<Vec<u8>>)>,
	/// Members who posted bad shares, by proof.
	pub(super) bad: BTreeSet<MemberIndex>,
	/// Members for whom the node passed on a bad share, which it may have altered.
	pub(super) in_doubt: BTreeSet<MemberIndex>,
}

/// Origin of shares.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Source {
	/// The node passed them on, or names them.
	Node,
	/// Final blocks have them, by proof.
	Chain,
}

/// Result of taking shares: the key, or the number of missing shares.
pub(super) enum OpeningOutcome {
	Open(Dek),
	Missing(u32),
}

/// Opens a share that a member delivered and checks it. Returns the share, or the fault of a bad
/// one.
fn checked(
	context: &threshold::Release<'_>,
	delivery: Delivery,
	one_time: &OneTime,
	sealed: &SealedShare,
) -> Result<Result<Zeroizing<Vec<u8>>, String>, Error> {
	let share = match delivery.open(one_time.secret(), sealed) {
		Ok(share) => share,
		Err(error) => return Ok(Err(error.to_string())),
	};
	match context.verify(delivery.member, &share) {
		Ok(()) => Ok(Ok(share)),
		Err(threshold::VerifyError::Share(error)) => Ok(Err(error.fault.to_string())),
		Err(threshold::VerifyError::SealedKey(error)) => Err(Error::Committee(error)),
	}
}

impl Opening {
	/// Checks that the key was sealed for this version. Otherwise no hospital releases a share, so
	/// the reader would wait in vain and blame the hospitals for what its author did.
	pub(super) fn check_sealed(&self) -> Result<(), Error> {
		self.sealed.verify(&self.public, &self.context.binding).map_err(Error::Committee)
	}

	/// Returns the number of shares that count: at most the threshold, because others are spares.
	pub(super) fn counted(&self) -> usize {
		self.shares.len().min(usize::from(self.public.threshold()))
	}

	/// Takes the shares that are new, and opens the key if all together are enough.
	pub(super) fn take(
		&mut self,
		shares: &[(MemberIndex, SealedShare)],
		source: Source,
		report: &dyn Fn(Milestone),
	) -> Result<OpeningOutcome, Error> {
		let threshold = u32::from(self.public.threshold());
		let release = self.context.digest();
		let organisations = &self.organisations;
		let by_node = source == Source::Node;
		let blamed = if by_node { &mut self.in_doubt } else { &mut self.bad };
		let mut bad_share = |member, fault: String| {
			if blamed.insert(member) {
				let organisation = organisations.get(&member).copied();
				report(Milestone::BadShare { member, organisation, fault, by_node });
			}
		};
		let context = threshold::Release::new(&self.public, &self.sealed, &self.context)
			.map_err(Error::Committee)?;
		for (member, sealed) in shares {
			if self.shares.iter().any(|(known, _)| known == member) {
				continue;
			}
			let delivery = Delivery { release, member: *member };
			match checked(&context, delivery, &self.one_time, sealed)? {
				Ok(share) => self.shares.push((*member, share)),
				Err(fault) => {
					bad_share(*member, fault);
					continue;
				}
			}
			// Shares beyond the threshold are spares, and are not reported.
			let shares = self.shares.len() as u32;
			if shares <= threshold {
				let organisation = organisations.get(member).copied();
				report(Milestone::Shared { member: *member, organisation, shares, threshold });
			}
		}
		let have = self.shares.len() as u32;
		if have < threshold {
			return Ok(OpeningOutcome::Missing(threshold.saturating_sub(have)));
		}
		let shares = self.shares.iter().map(|(member, share)| (*member, &share[..]));
		match context.combine(shares) {
			Ok(opened) => Ok(OpeningOutcome::Open(opened.dek.into())),
			Err(CombineError::SealedKey(error)) => Err(Error::Committee(error)),
			// Each was checked, but a share that the library refuses now is dropped and reported.
			Err(CombineError::Waiting { missing, bad }) => {
				for error in bad {
					self.shares.retain(|(member, _)| *member != error.member);
					bad_share(error.member, error.fault.to_string());
				}
				Ok(OpeningOutcome::Missing(missing as u32))
			}
		}
	}
}
