//! Requests for consent, and their answers.

use salus_primitives::{Approval, ConsentRequestId, GrantId, RecordWraps, RequestTerms};
use serde::Serialize;

use crate::{
	chain::calls,
	chain::submit::{Answered, Executed, Included},
	consent::keys::batches,
	error::Missing,
	progress::Progress,
	Account, Client, Error, Signer,
};

/// Result of requesting consent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
	/// Number of the request.
	pub request: ConsentRequestId,
	/// The answer, if a standing rule gave one at once; otherwise the request awaits the patient.
	pub answer: Option<Answered>,
	/// Transaction that made the request.
	pub included: Included,
}

impl Client {
	/// Requests a grant to the caller's account. A standing rule of the patient may answer at once.
	pub async fn request_consent(
		&self,
		requester: &Signer,
		patient: &Account,
		terms: &RequestTerms,
	) -> Result<Asked, Error> {
		let call = calls::consent::request(*patient, terms);
		let executed = self.submit(requester, &call).in_block().await?;
		let (request, answer) = asked(&executed.answered).ok_or(Error::NotLogged)?;
		Ok(Asked { request, answer, included: executed.included })
	}

	/// Approves a request, for what was requested or less. By the patient or a guardian.
	///
	/// The chain makes the grant to the requester in the capacity in which they asked. If the
	/// patient approves, and the grant is final, the wraps of the direct versions that it covers
	/// follow; a guardian gives none.
	pub async fn approve_request(
		&self,
		signer: &Signer,
		patient: &Account,
		request: ConsentRequestId,
		approval: &Approval,
		progress: &dyn Progress,
	) -> Result<(GrantId, Included), Error> {
		let consent = self.now().consent_of(patient).await?;
		if !consent.requests.iter().any(|(id, _)| *id == request) {
			return Err(Error::NotFound(Missing::ConsentRequest(request)));
		}
		let call = calls::consent::approve(*patient, request, approval, &RecordWraps::default());
		let Executed { included, answered, .. } = self.submit(signer, &call).in_block().await?;
		let grant = answered.iter().find_map(|event| match event {
			Answered::Approved { grant, .. } => Some(*grant),
			_ => None,
		});
		let grant = grant.ok_or(Error::NotLogged)?;
		// While finality stalls, nothing proves the grant. `sync_keys` wraps the keys later.
		if signer.account() == *patient && included.finalized {
			let after = self.at(included.block_hash);
			let given = after.consent_of(patient).await?.grants;
			if let Some((_, given)) = given.into_iter().find(|(id, _)| *id == grant) {
				let clock = after.clock().await?;
				let wraps = self.wraps_under(signer, &given, clock, progress).await?;
				let (first, others) = batches(wraps)?;
				let wraps = [first].into_iter().chain(others).filter(|batch| !batch.is_empty());
				self.add_wraps(signer, wraps.collect(), progress).await?;
			}
		}
		Ok((grant, included))
	}

	/// Declines a request. By the patient or a guardian.
	pub async fn decline_request(
		&self,
		signer: &Signer,
		patient: &Account,
		request: ConsentRequestId,
	) -> Result<Included, Error> {
		let call = calls::consent::decline(*patient, request);
		Ok(self.submit(signer, &call).in_block().await?.included)
	}
}

/// Returns the number of a new request, and the answer that a rule gave.
fn asked(events: &[Answered]) -> Option<(ConsentRequestId, Option<Answered>)> {
	let mut answer = None;
	let mut number = None;
	for event in events {
		match event {
			Answered::Requested(request) => number = Some(*request),
			Answered::Approved { request, .. } | Answered::Declined { request, .. } => {
				number = number.or(Some(*request));
				answer = Some(*event);
			}
		}
	}
	Some((number?, answer))
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::AnsweredBy;

	#[test]
	fn a_request_waits_unless_a_rule_answers_it() {
		assert_eq!(asked(&[]), None);
		assert_eq!(asked(&[Answered::Requested(4)]), Some((4, None)));
		let declined = Answered::Declined { request: 4, by: AnsweredBy::Rule(1) };
		let expected = Some((4, Some(declined)));
		assert_eq!(asked(&[Answered::Requested(4), declined]), expected);
		assert_eq!(asked(&[declined]), expected);
	}
}
