//! Requests for consent, and their answers.

use salus_primitives::{
	Approval, ConsentRequestId, Grant, GrantId, GrantTerms, Grantee, RequestTerms,
};
use serde::Serialize;

use crate::{
	calls,
	consent::batches,
	error::Missing,
	progress::Progress,
	submit::{Answered, Follow, Included},
	Account, Client, Error, Signer,
};

/// What asking a patient came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Asked {
	/// Number of the request.
	pub request: ConsentRequestId,
	/// The answer, if a standing rule gave one at once; else it waits for the patient.
	pub answer: Option<Answered>,
	/// The transaction.
	pub included: Included,
}

impl Client {
	/// Asks a patient for a grant to the caller's account. A standing rule of the patient may answer at once.
	pub async fn request_consent(
		&self,
		requester: &Signer,
		patient: &Account,
		terms: &RequestTerms,
	) -> Result<Asked, Error> {
		let call = calls::consent::request(*patient, terms);
		let (included, events) = self
			.submit_answered(requester, &call, Follow::default())
			.await?;
		let (request, answer) = asked(&events).ok_or(Error::NotLogged)?;
		Ok(Asked {
			request,
			answer,
			included,
		})
	}

	/// Approves a request, perhaps for less than was asked. By the patient, or a guardian of theirs.
	///
	/// With a patient's approval go the wraps of the direct versions that it covers; a guardian gives none.
	pub async fn approve_request(
		&self,
		signer: &Signer,
		patient: &Account,
		request: ConsentRequestId,
		approval: &Approval,
		progress: &dyn Progress,
	) -> Result<(GrantId, Included), Error> {
		let consent = self.now().consent_of(patient).await?;
		let clock = self.now().clock().await?;
		let (_, asked) = consent
			.requests
			.into_iter()
			.find(|(id, _)| *id == request)
			.ok_or(Error::NotFound(Missing::ConsentRequest(request)))?;
		let mut wraps = Vec::new();
		if signer.account() == *patient {
			let until = [asked.terms.until, approval.until].into_iter().flatten();
			let grant = Grant {
				terms: GrantTerms {
					grantee: Grantee::Account(asked.requester),
					scope: asked.terms.scope,
					purposes: asked.terms.purposes,
					actions: asked.terms.actions,
					from: None,
					until: until.min(),
					uses: approval.uses,
					condition: None,
				},
				given: clock,
				used: 0,
				via: None,
			};
			wraps = self.wraps_under(signer, &grant, clock, progress).await?;
		}
		let (first, others) = batches(wraps)?;
		let call = calls::consent::approve(*patient, request, approval, &first);
		let (included, events) = self
			.submit_answered(signer, &call, Follow::default())
			.await?;
		for batch in others {
			self.submit(signer, &calls::records::add_wraps(&batch))
				.await?;
		}
		let grant = events.iter().find_map(|event| match event {
			Answered::Approved { grant, .. } => Some(*grant),
			_ => None,
		});
		Ok((grant.ok_or(Error::NotLogged)?, included))
	}

	/// Declines a request. By the patient, or a guardian of theirs.
	pub async fn decline_request(
		&self,
		signer: &Signer,
		patient: &Account,
		request: ConsentRequestId,
	) -> Result<Included, Error> {
		let call = calls::consent::decline(*patient, request);
		Ok(self.submit(signer, &call).await?)
	}
}

/// The number of a new request, and the answer that a rule gave.
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
		let declined = Answered::Declined {
			request: 4,
			by: AnsweredBy::Rule(1),
		};
		let expected = Some((4, Some(declined)));
		assert_eq!(asked(&[Answered::Requested(4), declined]), expected);
		assert_eq!(asked(&[declined]), expected);
	}
}
