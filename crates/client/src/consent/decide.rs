//! The chain's decision on a question, and the grants that would almost cover it.

use std::collections::BTreeMap;

use salus_primitives::*;

use crate::{
	chain::rpc::RpcError,
	error::{Missing, Refusal},
	Account, Client, Error,
};

impl Client {
	/// Asks for the decision, and returns a denial as an error.
	pub async fn ask(&self, question: &Question<Account>) -> Result<Basis, Error> {
		if let Decision::Permit(basis) = self.now().decide(question).await? {
			return Ok(basis);
		}
		let explanation = self.now().explain(question).await?;
		match explanation.decision {
			// The decision changed between the two calls.
			Decision::Permit(basis) => Ok(basis),
			Decision::Deny(DenyReason::UnknownRecord) => {
				Err(Error::NotFound(Missing::Record(question.record)))
			}
			Decision::Deny(DenyReason::UnknownVersion) => Err(Error::NotFound(Missing::Version(
				question.record,
				question.version.unwrap_or_default(),
			))),
			Decision::Deny(DenyReason::RecordErased) => Err(Error::Erased(question.record)),
			Decision::Deny(_) => Err(self.refusal(question.clone(), explanation).await.into()),
		}
	}

	/// Builds a refusal, with the grants that cover the question for other purposes where they can
	/// be found.
	pub(crate) async fn refusal(
		&self,
		question: Question<Account>,
		explanation: Explanation,
	) -> Box<Refusal> {
		let other_purposes = self.other_purposes(&question, &explanation).await;
		Box::new(Refusal {
			question,
			explanation,
			case: None,
			other_purposes: other_purposes.unwrap_or_default(),
		})
	}

	/// Returns the grants that fail only by their purpose, with the purposes for which they cover
	/// the question.
	async fn other_purposes(
		&self,
		question: &Question<Account>,
		explanation: &Explanation,
	) -> Result<Vec<(GrantId, Vec<Purpose>)>, RpcError> {
		let failing: Vec<_> = explanation
			.considered
			.iter()
			.filter_map(|considered| match (considered.rule, considered.finding) {
				(Rule::Grant(id), Finding::OtherPurpose) => Some(id),
				_ => None,
			})
			.collect();
		if failing.is_empty() {
			return Ok(Vec::new());
		}
		let mut covering: BTreeMap<GrantId, Vec<Purpose>> = BTreeMap::new();
		for purpose in Purpose::ALL {
			// No grant permits breaking the glass.
			if purpose == question.purpose || purpose == Purpose::BTG {
				continue;
			}
			let other = Question { purpose, ..question.clone() };
			let explained = self.now().explain(&other).await?;
			if !explained.decision.is_permit() {
				continue;
			}
			for considered in explained.considered {
				match (considered.rule, considered.finding) {
					(Rule::Grant(id), Finding::Applies) if failing.contains(&id) => {
						covering.entry(id).or_default().push(purpose);
					}
					_ => {}
				}
			}
		}
		Ok(covering.into_iter().collect())
	}
}
