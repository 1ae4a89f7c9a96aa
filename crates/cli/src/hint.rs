//! The commands that help after an error. The SDK names causes; only this program knows its commands.

use salus_client::{
	primitives::{Finding, Recipient},
	ContactError, Error, KeyError, LogError, Missing, SubmitError,
};

use crate::Failure;

/// Returns the command that helps after a failure, if one does.
pub(crate) fn hint(failure: &Failure) -> Option<&'static str> {
	match failure {
		Failure::Client(error) => of_error(error),
		Failure::Contact(ContactError::Unknown(_)) => Some("`salus contact list` lists its names"),
		_ => None,
	}
}

fn of_error(error: &Error) -> Option<&'static str> {
	Some(match error {
		Error::Key(error) => return of_key(error),
		Error::Submit(error) => return of_transaction(error),
		Error::NotFound(missing) => return of_missing(missing),
		Error::Stopped(stopped) => return of_error(&stopped.source),
		Error::Refused(refusal) => {
			let mut considered = refusal.explanation.considered.iter();
			let is_unmet = considered.any(|one| one.finding == Finding::ConditionUnmet);
			return is_unmet.then_some("`salus consent explain` shows the condition");
		}
		Error::NotAPatient(_) => "a hospital does so with `salus patient enrol`",
		Error::NoRecipientKey(Recipient::Account(_)) => "they run `salus keys publish`",
		Error::NoRecipientKey(Recipient::Organisation(_)) => "its admin runs `salus org set-key`",
		Error::MayNotWrite { .. } => "see `salus consent list` and `salus member show`",
		Error::WhichOrganisation { .. } => "`salus member show` lists its memberships",
		Error::NoWrap { .. } => "the patient runs `salus consent sync`",
		Error::NoKeyShare { .. } => "its admin runs `salus org share-key`",
		Error::OtherKey(_) => "publish it with `salus keys publish --rotate`",
		Error::OtherOrganisationKey(_) => "set it with `salus org set-key`",
		Error::Guarded { .. } => "open it with `salus record get`",
		Error::NoCommittee | Error::TooFewHospitals { .. } => {
			"`salus committee status` shows the committee"
		}
		Error::NoEpochKey(_) => "the patient runs `salus record reseal`",
		Error::RequestNotFinal { .. } => "`salus status` shows finality",
		Error::Log(LogError::NotAnExport(_)) => "export it with `salus log export`",
		Error::Deadline { .. } => "`salus doctor` looks for the cause",
		_ => return None,
	})
}

fn of_key(error: &KeyError) -> Option<&'static str> {
	Some(match error {
		KeyError::NotADevUri | KeyError::NotAKeystore | KeyError::OtherKind(_) => {
			"`salus keys new` creates one"
		}
		KeyError::Unencrypted => "set it with `salus keys password`",
		KeyError::NoKeystore { .. } => "`salus keys list` lists them, `salus keys new` creates one",
		_ => return None,
	})
}

fn of_transaction(error: &SubmitError) -> Option<&'static str> {
	Some(match error {
		SubmitError::NoMotion(_) | SubmitError::VotedBefore { .. } => {
			"`salus council list` lists the motions"
		}
		SubmitError::WeakMotion { .. } => "use `salus council vote --no` and `salus council close`",
		SubmitError::NotFinal { .. } => "`salus status` shows finality",
		SubmitError::Invalid { .. } => "`salus doctor` looks for the cause",
		SubmitError::Chain(error) => return of_refusal(&error.pallet, &error.error),
		_ => return None,
	})
}

fn of_refusal(pallet: &str, error: &str) -> Option<&'static str> {
	match (pallet, error) {
		("Access", "AlreadyOpen") => Some("`salus emergency list --patient` names the case"),
		_ => None,
	}
}

fn of_missing(missing: &Missing) -> Option<&'static str> {
	Some(match missing {
		Missing::RecordBeginning(_) => "`salus record list` lists records",
		Missing::Organisation(_) => "`salus org list` lists organisations",
		Missing::Grant(_) | Missing::Denial(_) => "`salus consent list` lists yours",
		Missing::Guardian(_) => "`salus guardian list` lists yours",
		Missing::ConsentRequest(_) => "`salus inbox` lists those that do",
		Missing::Patient(_) => "a hospital does so with `salus patient enrol`",
		_ => return None,
	})
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_error_names_the_command_that_helps() {
		let failure = Failure::Client(Error::NotFound(Missing::Grant(7)));
		let text = failure.to_text();
		assert_eq!(text, "error: you have no grant 7; `salus consent list` lists yours");
		assert_eq!(failure.to_json()["error"]["message"], &text["error: ".len()..]);
		assert_eq!(hint(&Failure::WhoActs), None);
		assert!(of_refusal("Access", "AlreadyOpen").is_some());
	}
}
