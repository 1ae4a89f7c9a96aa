//! The chain's refusal of a reading, with the rules that it considered.

use salus_primitives::*;
use serde::Serialize;

use crate::{words, Account};

/// The chain's denial of a question.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Refusal {
	/// Question that the chain denied.
	pub question: Question<Account>,
	/// The decision, with every rule that was considered.
	pub explanation: Explanation,
	/// The reader's own emergency case that would open the record now, if the reader asked under
	/// it.
	#[serde(skip_serializing_if = "Option::is_none")]
	pub case: Option<CaseId>,
	/// Grants that cover the question for these purposes, but not for its own.
	#[serde(skip_serializing_if = "Vec::is_empty")]
	pub other_purposes: Vec<(GrantId, Vec<Purpose>)>,
}

impl Refusal {
	/// Returns whether the record was withdrawn.
	pub(crate) fn is_of_withdrawn(&self) -> bool {
		self.explanation.decision == Decision::Deny(DenyReason::RecordWithdrawn)
	}
}

impl std::fmt::Display for Refusal {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		let Decision::Deny(reason) = self.explanation.decision else {
			return f.write_str("refused");
		};
		write!(
			f,
			"refused: {}; record {}, purpose {}",
			words::deny_reason(&reason),
			words::record(&self.question.record),
			words::purpose(self.question.purpose)
		)?;
		for (grant, purposes) in &self.other_purposes {
			let purposes: Vec<_> = purposes.iter().map(|purpose| format!("{purpose:?}")).collect();
			write!(
				f,
				"; grant {grant} covers it for {}, not for {:?}",
				purposes.join(", "),
				self.question.purpose
			)?;
		}
		match self.case {
			Some(case) => {
				write!(f, "; your emergency case {case} opens it for purpose BTG")
			}
			None => Ok(()),
		}
	}
}

impl std::error::Error for Refusal {}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn a_refusal_says_why() {
		let question = Question {
			reader: Account::from([1; 32]),
			record: RecordId([2; 32]),
			version: None,
			purpose: Purpose::TREAT,
			action: Action::Read,
		};
		let explanation =
			Explanation { decision: Decision::Deny(DenyReason::NoGrant), considered: vec![] };
		let mut refusal = Refusal { question, explanation, case: None, other_purposes: vec![] };
		let text = refusal.to_string();
		assert!(!text.contains("BTG"), "{text}");
		refusal.case = Some(7);
		let hint = "your emergency case 7 opens it for purpose BTG";
		assert!(refusal.to_string().ends_with(hint), "{refusal}");
		assert!(text.starts_with("refused: "), "{text}");
		assert!(text.contains("TREAT") && text.contains("0x0202"), "{text}");
		refusal.case = None;
		refusal.question.purpose = Purpose::HPAYMT;
		refusal.other_purposes = vec![(4, vec![Purpose::TREAT, Purpose::HOPERAT])];
		let hint = "; grant 4 covers it for TREAT, HOPERAT, not for HPAYMT";
		assert!(refusal.to_string().ends_with(hint), "{refusal}");
	}
}
