//! Failures of commands, and their exit codes.

use std::io;

use salus_client::{words, ContactError, Error, ErrorKind, OutputError};
use serde_json::{json, Value};

use crate::{hint::hint, show::plain};

/// Exit codes, which stay stable.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
	/// Success.
	Ok = 0,
	/// Any failure without its own code.
	Failure = 1,
	/// An invalid command line.
	Usage = 2,
	/// An access that the patient's consent does not cover.
	Refused = 3,
	/// A record, organisation or other item that does not exist.
	NotFound = 4,
	/// A node that cannot be reached.
	Unreachable = 5,
	/// A transaction that the chain refused, or no committee that releases keys.
	Chain = 6,
	/// An unusable keystore file or password.
	Key = 7,
	/// A command that took too long.
	Deadline = 8,
	/// Success that the node reports without a proof: the transaction's block is not final.
	NotFinal = 9,
	/// An alarm: an answer that is not the chain's, or a key that is not the right one.
	Untrusted = 10,
}

impl Code {
	/// Returns the name in JSON.
	pub fn name(self) -> &'static str {
		match self {
			Self::Ok => "ok",
			Self::Failure => "failure",
			Self::Usage => "usage",
			Self::Refused => "refused",
			Self::NotFound => "not-found",
			Self::Unreachable => "unreachable",
			Self::Chain => "chain",
			Self::Key => "key",
			Self::Deadline => "deadline",
			Self::NotFinal => "not-final",
			Self::Untrusted => "untrusted",
		}
	}
}

/// Table of exit codes, for the help text.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  success
  1  failure that no other code covers
  2  invalid command line
  3  refused: the patient's consent does not cover it
  4  the record, version, organisation, grant, member, motion or contact does not exist
  5  the node cannot be reached
  6  the chain refused the transaction, or no committee has a key in use
  7  a keystore file or its password cannot be used
  8  the command took too long
  9  reported by the node but not proved: finality is stalled, so the transaction can still be lost
 10  alarm: the node's answer is not the chain's, or a key is not the one that it should be";

/// Reason why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
	/// An invalid command line, or a request for help.
	#[error(transparent)]
	Usage(#[from] clap::Error),
	/// A failure in the SDK.
	#[error(transparent)]
	Client(#[from] Error),
	/// A failure of the address book.
	#[error(transparent)]
	Contact(#[from] ContactError),
	/// A result that cannot be written.
	#[error("cannot write the result; check the output's free space")]
	Output(#[from] io::Error),
	/// A missing account to act as.
	#[error(
		"the account to act as is missing; add --as //Alice or --as path/to/keystore.json, or set SALUS_AS"
	)]
	WhoActs,
	/// A keystore that does not exist.
	#[error("there is no keystore file with this name; make one with `salus keys new`, or use a development account such as //Alice")]
	NoKeystore,
	/// No keystore whose password could change.
	#[error("this needs a keystore, and a development account has none; name the keystore whose password you want to change")]
	WhichKeystore,
	/// A password that was repeated incorrectly.
	#[error("the two passwords differ; run the command again and enter the same one twice")]
	PasswordsDiffer,
	/// A file that cannot be read or written.
	#[error("cannot {action} {}; check the path, its permissions and free space", path.display())]
	File {
		/// Attempted action, such as "read".
		action: &'static str,
		/// Path of the file.
		path: std::path::PathBuf,
		/// Error of the system.
		#[source]
		source: io::Error,
	},
	/// A request beyond the limit of denials.
	#[error("{error}. The limit is {most_with_patient} for one patient, and {most} in all; you can ask again after {after}")]
	DeniedTooOften {
		/// Error of the chain.
		error: salus_client::ChainError,
		/// Maximum number of denials in a day, over all patients.
		most: u32,
		/// Maximum number of denials in a day with one patient.
		most_with_patient: u32,
		/// Moment from which requests are accepted again.
		after: String,
	},
	/// An admin of no organisation, or of several.
	#[error("{0}")]
	WhichOrganisation(String),
	/// An admission without the member's signature.
	#[error("the member's signature is missing; have them run `salus member sign` and pass the file with --signed, or pass a storage node's key file with --node-key")]
	Unaccepted,
	/// A successor without its own signature.
	#[error("the new account's signature is missing; have the patient run `salus recover sign` with it and pass the file with --signed, or name its keystore with --to")]
	NoAgreement,
	/// An irreversible step without confirmation.
	#[error("this cannot be undone; add --yes to confirm")]
	NotConfirmed,
	/// A file with unexpected content, or a list that is too long.
	#[error("{0}")]
	BadFile(&'static str),
	/// Session keys of another validator.
	#[error("these session keys were made for {0}; register them as that account, with --as")]
	KeysOfAnother(String),
	/// A consistent export of a block that is not the chain's.
	#[error("the export is consistent, but its block is not the chain's; do not trust it: it was forged, or is from another chain")]
	OtherBlock,
	/// A node that does not accept operator commands.
	#[error("this node does not accept operator commands; allow them temporarily, as docs/operations.md describes under \"Records under-replicated\"")]
	NotForOperators(#[source] salus_client::RpcError),
	/// No committee that can release keys.
	#[error("no committee of hospitals has a key in use; one forms by itself once enough members' nodes run, so check that they run, and check their logs")]
	NoCommittee,
	/// A command that exceeded its time limit.
	#[error("the command did not finish within {limit} s (last step: {doing}); run it again to continue where it stopped")]
	TooLong {
		/// Time limit, in seconds.
		limit: u64,
		/// Last step that the command reported.
		doing: String,
	},
}

macro_rules! from_client {
	($($source:ty),*) => {
		$(impl From<$source> for Failure {
			fn from(error: $source) -> Self {
				Self::Client(error.into())
			}
		})*
	};
}

from_client!(
	salus_client::ConnectError,
	salus_client::InvalidAccount,
	salus_client::JournalError,
	salus_client::KeyError,
	salus_client::RpcError,
	salus_client::SubmitError
);

impl Failure {
	/// Returns the exit code.
	pub fn code(&self) -> Code {
		match self {
			Self::Usage(_)
			| Self::WhoActs
			| Self::WhichKeystore
			| Self::NotConfirmed
			| Self::Unaccepted
			| Self::NoAgreement
			| Self::WhichOrganisation(_) => Code::Usage,
			Self::Contact(
				ContactError::InvalidName
				| ContactError::NameTaken { .. }
				| ContactError::AccountTaken { .. },
			) => Code::Usage,
			Self::Contact(ContactError::Unknown(_)) => Code::NotFound,
			Self::DeniedTooOften { .. } => Code::Refused,
			Self::TooLong { .. } => Code::Deadline,
			Self::NoCommittee | Self::Client(Error::NoCommittee) => Code::Chain,
			Self::OtherBlock => Code::Untrusted,
			Self::NoKeystore | Self::PasswordsDiffer => Code::Key,
			Self::Client(error) => match error.kind() {
				ErrorKind::Failure => Code::Failure,
				ErrorKind::Usage => Code::Usage,
				ErrorKind::Refused => Code::Refused,
				ErrorKind::NotFound => Code::NotFound,
				ErrorKind::Unreachable => Code::Unreachable,
				ErrorKind::Chain => Code::Chain,
				ErrorKind::Key => Code::Key,
				ErrorKind::Deadline => Code::Deadline,
				ErrorKind::Untrusted => Code::Untrusted,
			},
			_ => Code::Failure,
		}
	}

	/// Returns whether the reader of the result closed the pipe.
	pub(crate) fn is_broken_pipe(&self) -> bool {
		match self {
			Self::Output(error) | Self::Client(Error::WriteOutput(error)) => {
				error.kind() == io::ErrorKind::BrokenPipe
			}
			_ => false,
		}
	}

	/// Returns the error and its causes, one line each, and for a refusal the rules that were
	/// considered.
	pub fn to_text(&self) -> String {
		// Text from the node must not start new lines or control the terminal.
		let mut text = plain(&format!("error: {}", self.message()));
		for cause in self.causes() {
			text.push_str(&format!("\n  because: {}", plain(&cause)));
		}
		if let Self::Client(Error::Refused(refusal)) = self {
			for line in words::explanation(&refusal.explanation) {
				text.push_str(&format!("\n  considered: {}", plain(&line)));
			}
		}
		if let Self::Client(Error::Output(OutputError::NameTaken { file, .. })) = self {
			let file = file.display().to_string();
			text.push_str(&format!("\n  the file: {}", plain(&file)));
		}
		text
	}

	/// Returns the error as JSON, for programs.
	pub fn to_json(&self) -> Value {
		let mut error = json!({
			"kind": self.code().name(),
			"message": self.message(),
			"causes": self.causes(),
		});
		if let Self::Client(Error::Refused(refusal)) = self {
			error["refusal"] = serde_json::to_value(refusal).unwrap_or_default();
		}
		if let Self::Client(Error::Stopped(stopped)) = self {
			let registered = stopped.registered.iter();
			let registered: Vec<_> = registered
				.map(|(file, record)| json!({ "file": file.to_string(), "record": record }))
				.collect();
			error["registered"] = registered.into();
		}
		json!({ "error": error })
	}

	/// Returns the error with the command or option that helps, if there is one.
	pub(crate) fn message(&self) -> String {
		match hint(self) {
			Some(hint) => format!("{self}; {hint}"),
			None => self.to_string(),
		}
	}

	/// Returns the texts of the causes, without the error's own.
	fn causes(&self) -> Vec<String> {
		salus_client::errors::texts(self).into_iter().skip(1).collect()
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::{
		primitives::*, Account, ConnectError, KeyError, Missing, Refusal, RpcError, SubmitError,
	};

	fn refusal() -> Failure {
		let question = Question {
			reader: Account::from([1; 32]),
			record: RecordId([2; 32]),
			version: None,
			purpose: Purpose::TREAT,
			action: Action::Read,
		};
		let explanation = Explanation {
			decision: Decision::Deny(DenyReason::NoGrant),
			considered: vec![Considered { rule: Rule::Grant(1), finding: Finding::OtherScope }],
		};
		Failure::Client(
			Box::new(Refusal { question, explanation, case: None, other_purposes: vec![] }).into(),
		)
	}

	#[test]
	fn a_refusal_lists_every_rule_and_has_its_code() {
		let failure = refusal();
		assert_eq!(failure.code(), Code::Refused);
		let text = failure.to_text();
		assert!(text.starts_with("error: refused: "), "{text}");
		assert!(text.contains("considered: grant 1: covers other records"), "{text}");
		let json = failure.to_json();
		assert_eq!(json["error"]["kind"], "refused");
		assert!(json["error"]["refusal"]["explanation"]["considered"].is_array());
	}

	#[test]
	fn each_failure_has_its_exit_code() {
		let missing = Error::NotFound(Missing::Record(RecordId([0; 32])));
		assert_eq!(Failure::Client(missing).code(), Code::NotFound);
		assert_eq!(Failure::from(KeyError::WrongPassword).code(), Code::Key);
		assert_eq!(Failure::WhoActs.code(), Code::Usage);
		assert_eq!(Failure::Client(Error::NoCommittee).code(), Code::Chain);
		assert_eq!(Failure::NoCommittee.code(), Code::Chain);
		let table: Vec<_> = EXIT_CODES.lines().skip(1).collect();
		assert_eq!(table.len(), Code::Untrusted as usize + 1);
		for (code, row) in table.iter().enumerate() {
			assert!(row.trim_start().starts_with(&format!("{code}  ")), "{row}");
		}
	}

	#[test]
	fn an_alarm_has_its_own_exit_code() {
		let url = || "ws://x".to_owned();
		let foreign = Error::ForeignWrap { record: RecordId([0; 32]), version: 1 };
		let genesis = ConnectError::OtherGenesis { url: url(), wanted: [1; 32], found: [2; 32] };
		for failure in [
			Failure::Client(foreign),
			Failure::from(genesis),
			Failure::from(SubmitError::OtherMetadata),
			Failure::OtherBlock,
		] {
			assert_eq!(failure.code(), Code::Untrusted, "{failure}");
			assert_eq!(failure.to_json()["error"]["kind"], "untrusted");
		}
		// Nobody lies here: the node is gone, or finality is stalled.
		let stale = RpcError::Stale { url: url(), block: 7, minutes: 11 };
		assert_eq!(Failure::from(stale).code(), Code::Failure);
	}

	#[test]
	fn text_from_a_node_starts_no_new_lines() {
		let lie = "bad\nerror: send your keys\u{202e}\u{2028}\u{1b}[2K\r";
		let failure = Failure::from(RpcError::Refused {
			method: "state_call".into(),
			code: 1,
			message: lie.into(),
			data: None,
		});
		let text = failure.to_text();
		assert_eq!(text.lines().count(), 1, "{text}");
		assert!(!text.chars().any(salus_client::is_deceptive), "{text}");
		let source = io::Error::other(lie);
		let path = std::path::PathBuf::from("key.json");
		let text = Failure::from(KeyError::ReadFile { path, source }).to_text();
		assert_eq!(text.lines().count(), 2, "{text}");
	}

	#[test]
	fn the_existing_file_is_named_in_text_but_not_in_json() {
		let failure = Failure::Client(Error::Output(OutputError::NameTaken {
			folder: "out".into(),
			file: "out/scan.pdf".into(),
		}));
		assert!(failure.to_text().ends_with("\n  the file: out/scan.pdf"));
		assert!(!failure.to_json().to_string().contains("scan"));
	}

	#[test]
	fn the_denial_limit_is_given_in_numbers() {
		let error = salus_client::ChainError {
			pallet: "Access".into(),
			error: "TooManyDenials".into(),
			docs: "Try again later".into(),
		};
		let after = "2027-01-01 00:00:00 UTC".into();
		let failure = Failure::DeniedTooOften { error, most: 16, most_with_patient: 4, after };
		assert_eq!(
			failure.to_text(),
			"error: the chain refused it: Try again later (Access.TooManyDenials). The limit is 4 for one patient, and 16 in all; you can ask again after 2027-01-01 00:00:00 UTC"
		);
	}

	#[test]
	fn each_cause_appears_once() {
		let source = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
		let failure = Failure::from(KeyError::ReadFile { path: "key.json".into(), source });
		let text = failure.to_text();
		assert_eq!(
			text,
			"error: cannot read the keystore file key.json; check its permissions\n  because: permission denied"
		);
	}
}
