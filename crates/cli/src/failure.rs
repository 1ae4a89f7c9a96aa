//! How a command fails, and with which exit code.

use std::io;

use salus_client::{words, ContactError, Error, ErrorKind, OutputError};
use serde_json::{json, Value};

use crate::{hint::hint, show::plain};

/// Exit codes. They do not change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Code {
	/// Done.
	Ok = 0,
	/// Anything that has no code of its own.
	Failure = 1,
	/// The command line cannot be understood.
	Usage = 2,
	/// The patient's consent does not cover it.
	Refused = 3,
	/// It is not there.
	NotFound = 4,
	/// The node cannot be reached.
	Unreachable = 5,
	/// The chain refused the transaction, or has no committee that releases keys.
	Chain = 6,
	/// A keystore file or its password.
	Key = 7,
	/// It took too long.
	Deadline = 8,
}

impl Code {
	/// The name in JSON.
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
		}
	}
}

/// The table of exit codes for the help text.
pub(crate) const EXIT_CODES: &str = "\
Exit codes:
  0  done
  1  failed for another reason than those below
  2  the command line cannot be understood
  3  refused: the patient's consent does not cover it
  4  there is no such record, version, organisation, grant, member, motion or contact
  5  no node can be reached
  6  the chain refused the transaction, or no committee has a key in use
  7  a keystore file or its password does not serve
  8  it took too long";

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
	/// The command line, or a wish for help.
	#[error(transparent)]
	Usage(#[from] clap::Error),
	/// The SDK.
	#[error(transparent)]
	Client(#[from] Error),
	/// The address book.
	#[error(transparent)]
	Contact(#[from] ContactError),
	/// The result cannot be written.
	#[error("cannot write the result")]
	Output(#[from] io::Error),
	/// Who acts was not said.
	#[error("say who acts: --as //Alice or --as path/to/keystore.json (or set SALUS_AS)")]
	WhoActs,
	/// No such keystore.
	#[error("there is no keystore file of that name; make one with `salus keys new`, or give a development account such as //Alice")]
	NoKeystore,
	/// No keystore was named.
	#[error("name the keystore whose password is to change; a development account has none")]
	WhichKeystore,
	/// The password cannot be asked for.
	#[error("cannot ask for the password here; give a file with --password-file")]
	NoTerminal(#[source] io::Error),
	/// The password was not repeated.
	#[error("the two passwords are not the same")]
	PasswordsDiffer,
	/// A file that is part of the command.
	#[error("cannot {action} {}", path.display())]
	File {
		/// What was tried.
		action: &'static str,
		/// Which file.
		path: std::path::PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// Too many denials.
	#[error("{error}; you can ask again after {after}")]
	DeniedTooOften {
		/// What the chain said.
		error: salus_client::ChainError,
		/// When that ends.
		after: String,
	},
	/// The admin's organisation is not clear.
	#[error("{0}")]
	WhichOrganisation(String),
	/// A member who did not sign.
	#[error("an account becomes a member by its own signature: have it run `salus member sign`, and give the file with --signed; for a node's storage account, give its key file with --node-key")]
	Unaccepted,
	/// An irreversible step was not confirmed.
	#[error("this cannot be undone; say --yes if you mean it")]
	NotConfirmed,
	/// A file is not what it should be.
	#[error("{0}")]
	BadFile(&'static str),
	/// Session keys of someone else.
	#[error("these session keys were made for {0}, who has to register them")]
	KeysOfAnother(String),
	/// An export proves itself, and names another block than the chain's.
	#[error("the export is complete in itself, and of a block that is not the chain's: the export was forged, or is of another chain")]
	OtherBlock,
	/// The node takes nothing from operators.
	#[error("this node's JSON-RPC takes nothing from its operator; docs/operations.md says under \"Records under-replicated\" how it is permitted for the time being")]
	NotForOperators(#[source] salus_client::RpcError),
	/// No committee can release keys.
	#[error("no committee of hospitals has a key in use; it forms by itself once enough of its members' nodes run, see their logs")]
	NoCommittee,
	/// The command took longer than it may.
	#[error("it did not end within {limit} s; the last that was told: {doing}. The same command again goes on where it was")]
	TooLong {
		/// How many seconds it may take.
		limit: u64,
		/// What it was at.
		doing: String,
	},
	/// Checks failed; they have been told.
	#[error("{0} of the checks failed")]
	Checks(usize),
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
	/// The exit code.
	pub fn code(&self) -> Code {
		match self {
			Self::Usage(_)
			| Self::WhoActs
			| Self::WhichKeystore
			| Self::NotConfirmed
			| Self::Unaccepted
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
			Self::NoKeystore | Self::NoTerminal(_) | Self::PasswordsDiffer => Code::Key,
			Self::Client(error) => match error.kind() {
				ErrorKind::Failure => Code::Failure,
				ErrorKind::Usage => Code::Usage,
				ErrorKind::Refused => Code::Refused,
				ErrorKind::NotFound => Code::NotFound,
				ErrorKind::Unreachable => Code::Unreachable,
				ErrorKind::Chain => Code::Chain,
				ErrorKind::Key => Code::Key,
				ErrorKind::Deadline => Code::Deadline,
			},
			_ => Code::Failure,
		}
	}

	/// Whether whoever read the result went away.
	pub(crate) fn is_broken_pipe(&self) -> bool {
		match self {
			Self::Output(error) | Self::Client(Error::WriteOutput(error)) => {
				error.kind() == io::ErrorKind::BrokenPipe
			}
			_ => false,
		}
	}

	/// The error and its causes, one line each, and the rules that were considered in a refusal.
	pub fn to_text(&self) -> String {
		// Some words come from the node: they make no lines of their own and do not steer the terminal.
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

	/// The error for programs.
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

	/// The error, and the command that helps, if one does.
	fn message(&self) -> String {
		match hint(self) {
			Some(hint) => format!("{self}; {hint}"),
			None => self.to_string(),
		}
	}

	/// What lies behind the error, without what it says itself.
	fn causes(&self) -> Vec<String> {
		let mut causes = Vec::new();
		let mut said = self.to_string();
		let mut source = std::error::Error::source(self);
		while let Some(error) = source {
			let text = error.to_string();
			if !said.contains(&text) {
				causes.push(text.clone());
				said = text;
			}
			source = error.source();
		}
		causes
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_client::{primitives::*, Account, KeyError, Missing, Refusal, RpcError};

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
	fn a_refusal_tells_every_rule_and_has_its_code() {
		let failure = refusal();
		assert_eq!(failure.code(), Code::Refused);
		let text = failure.to_text();
		assert!(text.starts_with("error: refused: "), "{text}");
		assert!(text.contains("considered: grant 1: is about other records"), "{text}");
		let json = failure.to_json();
		assert_eq!(json["error"]["kind"], "refused");
		assert!(json["error"]["refusal"]["explanation"]["considered"].is_array());
	}

	#[test]
	fn each_kind_has_its_code() {
		let missing = Error::NotFound(Missing::Record(RecordId([0; 32])));
		assert_eq!(Failure::Client(missing).code(), Code::NotFound);
		assert_eq!(Failure::from(KeyError::WrongPassword).code(), Code::Key);
		assert_eq!(Failure::WhoActs.code(), Code::Usage);
		assert_eq!(Failure::Client(Error::NoCommittee).code(), Code::Chain);
		assert_eq!(Failure::NoCommittee.code(), Code::Chain);
		let table: Vec<_> = EXIT_CODES.lines().skip(1).collect();
		assert_eq!(table.len(), Code::Deadline as usize + 1);
	}

	#[test]
	fn a_node_prints_no_lines_of_its_own() {
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
	fn a_file_that_is_in_the_way_is_named_here_alone() {
		let failure = Failure::Client(Error::Output(OutputError::NameTaken {
			folder: "out".into(),
			file: "out/scan.pdf".into(),
		}));
		assert!(failure.to_text().ends_with("\n  the file: out/scan.pdf"));
		assert!(!failure.to_json().to_string().contains("scan"));
	}

	#[test]
	fn causes_are_told_once() {
		let source = io::Error::new(io::ErrorKind::PermissionDenied, "permission denied");
		let failure = Failure::from(KeyError::ReadFile { path: "key.json".into(), source });
		let text = failure.to_text();
		assert_eq!(
			text,
			"error: cannot read the keystore file key.json\n  because: permission denied"
		);
	}
}
