//! Errors: what went wrong, and what to do about it.
//!
//! No error carries a key, a password, a title, a record's file name or content. A file that the
//! caller named is shown as they named it. Errors name causes and remedies of this crate; commands
//! of a program that uses it are that program's to advise.

mod missing;
mod refusal;
mod stopped;

pub use missing::Missing;
pub use refusal::Refusal;
pub use stopped::Stopped;
pub(crate) use stopped::{is_of_node, stopped};

use std::io;

use salus_primitives::{
	Epoch, MemberIndex, OrganisationId, Recipient, RecordId, RequestId, Version,
};

use crate::{
	chain::{
		error::ConnectError,
		rpc::RpcError,
		submit::{ChainError, SubmitError},
	},
	files::{input::FileError, output::OutputError},
	keys::{account::InvalidAccount, error::KeyError},
	log::LogError,
	number::Beginning,
	state::folder::JournalError,
	words, Account,
};

/// Returns the account or organisation in words.
pub(crate) fn name(recipient: &Recipient<Account>) -> String {
	match recipient {
		Recipient::Account(account) => account.to_string(),
		Recipient::Organisation(id) => format!("organisation {id}"),
	}
}

/// Names the epoch whose members may release a key instead.
fn elsewhere(earlier: Option<Epoch>) -> String {
	earlier.map_or_else(String::new, |epoch| {
		format!(", or request the key from the members of epoch {epoch}, who may hold enough shares of it")
	})
}

fn blamed(bad: &[MemberIndex]) -> String {
	match bad {
		[] => String::new(),
		bad => {
			let members: Vec<_> = bad.iter().map(MemberIndex::to_string).collect();
			let noun = if members.len() == 1 { "member" } else { "members" };
			format!(" (bad shares came from {noun} {} of the committee)", words::list(&members))
		}
	}
}

/// Reason why an operation of this crate failed.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A key or keystore file cannot be used.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// The node cannot be used.
	#[error(transparent)]
	Connect(#[from] ConnectError),
	/// A request to the node failed.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// A transaction was not carried out.
	#[error(transparent)]
	Submit(#[from] SubmitError),
	/// The state folder cannot be used.
	#[error(transparent)]
	Journal(#[from] JournalError),
	/// The text does not name an account.
	#[error(transparent)]
	Account(#[from] InvalidAccount),
	/// A seal or wrap cannot be made or opened.
	#[error(transparent)]
	Envelope(#[from] salus_envelope::Error),
	/// The blocks of a record cannot be fetched.
	#[error(transparent)]
	Fetch(#[from] salus_ipfs::fetch::Error),
	/// The IPFS node that the caller named failed.
	#[error(transparent)]
	Ipfs(#[from] salus_ipfs::kubo::Error),
	/// The patient's consent does not cover it.
	#[error(transparent)]
	Refused(#[from] Box<Refusal>),
	/// The chain did not accept the request, so it was not decided.
	#[error("the chain did not accept the request, so it is not on the patient's log and was not decided: {reason}. The decision would be: {would}")]
	NotAsked {
		/// Cause and remedy.
		reason: String,
		/// The decision that the chain would make now.
		would: Box<Refusal>,
	},
	/// Something does not exist.
	#[error("{0}")]
	NotFound(Missing),
	/// Several records begin with the digits.
	#[error("the numbers of several records begin with {beginning}, such as {} and {}; give more digits", found[0], found[1])]
	Ambiguous {
		/// Digits that were given.
		beginning: Beginning,
		/// Two of these records.
		found: [RecordId; 2],
	},
	/// The record was erased.
	#[error("record {0} was erased by the patient, and nothing of it is left to open")]
	Erased(RecordId),
	/// A file cannot be added.
	#[error(transparent)]
	File(#[from] FileError),
	/// Adding files stopped half-way.
	#[error(transparent)]
	Stopped(#[from] Box<Stopped>),
	/// The caller cannot note a version before its registration ([`crate::Progress::sealed`]).
	#[error(
		"the version cannot be noted, so it is not registered; correct the cause, and try again"
	)]
	NotNoted(#[source] io::Error),
	/// An opened record cannot be written to its target.
	#[error(transparent)]
	Output(#[from] OutputError),
	/// The content cannot be written.
	#[error(
		"cannot write the opened record; check free space and permissions of the target folder"
	)]
	WriteOutput(#[source] io::Error),
	/// A file exists at the target.
	#[error("the target exists already")]
	OutputExists,
	/// The account is not a patient.
	#[error("{0} is not a patient")]
	NotAPatient(Account),
	/// A recipient has published no key.
	#[error("{} has published no key for which records can be wrapped", name(.0))]
	NoRecipientKey(Recipient<Account>),
	/// The author may not add records for the patient.
	#[error("{author} may not add this to the records of {patient} for organisation {organisation}: the patient's consent does not cover it, or the author is not a live practitioner, records admin or device there")]
	MayNotWrite {
		/// Account that adds the record.
		author: Account,
		/// The organisation for which the author acts.
		organisation: OrganisationId,
		/// Patient whose record it would be.
		patient: Account,
	},
	/// The organisation for which the author acts is unclear.
	#[error(
		"it is not clear for which organisation {account} acts ({found}); name the organisation"
	)]
	WhichOrganisation {
		/// Account that acts.
		account: Account,
		/// Reason, from the account's memberships.
		found: String,
	},
	/// The reader may read, but no key is wrapped for them.
	#[error("the patient's consent permits the access, but no key of version {version} of {record} is wrapped for {reader}; ask the patient to wrap the missing keys or, if the grant is to an organisation or a role, for a grant to this account")]
	NoWrap {
		/// Record to open.
		record: RecordId,
		/// Version to open.
		version: Version,
		/// Account without a wrap.
		reader: Account,
	},
	/// The reader does not hold this version of the organisation's key.
	#[error("the key is wrapped for organisation {organisation}, and {reader} does not hold the version of its key that opens it; ask its admin to share it")]
	NoKeyShare {
		/// Organisation that has the wrap.
		organisation: OrganisationId,
		/// Account without the key.
		reader: Account,
	},
	/// The seed that was shared with the reader does not make the organisation's key.
	#[error("the key that {reader} was given is not the key of organisation {organisation}; ask an admin who has the right one to share it, or set a new one")]
	WrongKeyShare {
		/// Organisation whose key it should be.
		organisation: OrganisationId,
		/// Account that was given the wrong key.
		reader: Account,
	},
	/// A key that the account published was not made from its secret.
	#[error("this keystore did not make a key that {0} published, so it cannot open what is wrapped for that key; publish a key of this keystore")]
	OtherKey(Account),
	/// The reader's wrap does not open, although their published key follows from their secret, so
	/// that earlier ones should have, too.
	#[error("your wrapped key of version {version} of record {record} does not open: unless another program once published a key for you, it was made for a key that is not yours, and somebody else may read the record without an entry on your log; tell the hospital of its author, and have the record revised")]
	ForeignWrap {
		/// Record that was opened.
		record: RecordId,
		/// Version with the wrap.
		version: Version,
	},
	/// The organisation's published key was made by another admin.
	#[error("the key of organisation {0} was set by another admin, and only they can share it; set a new one")]
	OtherOrganisationKey(OrganisationId),
	/// The version is guarded, and no wrap opens it for the reader.
	#[error("version {version} of record {record} is guarded, so its title is not shown without opening it, which is logged for the patient")]
	Guarded {
		/// Record whose title was asked for.
		record: RecordId,
		/// Guarded version.
		version: Version,
	},
	/// No committee can release keys.
	#[error("no committee of hospitals has a key yet, so nothing can be sealed to it; wait until an epoch is active, or choose direct mode")]
	NoCommittee,
	/// The committee's key, or a key sealed to it, is invalid.
	#[error(
		"the committee's key, or a key sealed to it, is not valid; report it to your hospital"
	)]
	Committee(#[source] salus_threshold::Error),
	/// The epoch is unknown, or has no key.
	#[error("epoch {0} of the committee has no key; the patient can seal the record again")]
	NoEpochKey(Epoch),
	/// The version's key was sealed to another epoch during the request.
	#[error("the record's key was sealed again while it was being requested; request it again")]
	Resealed,
	/// The latest version is not the one that was to be replaced.
	#[error("the record already has version {0}; read that, and send the new version again")]
	OtherVersion(Version),
	/// Too few hospitals released good shares.
	#[error("no key after {seconds} s: {missing} more {} must release it{}; try again when they are back{}", if *missing == 1 { "hospital" } else { "hospitals" }, blamed(bad), elsewhere(*earlier))]
	TooFewHospitals {
		/// Number of missing good shares.
		missing: u32,
		/// Time waited, in seconds.
		seconds: u64,
		/// Hospitals that released bad shares, by their index in the committee.
		bad: Vec<MemberIndex>,
		/// Earlier epoch whose members may hold enough shares of the key.
		earlier: Option<Epoch>,
	},
	/// The request's block is not final, and hospitals act on final blocks only.
	#[error("the request is in block {block}, which did not become final within {seconds} s (the last final block is {finalized}) because too few hospitals vote; opening the record again continues with this request")]
	RequestNotFinal {
		/// Number of the request's block.
		block: u64,
		/// Number of the last final block.
		finalized: u64,
		/// Time waited, in seconds.
		seconds: u64,
	},
	/// The release ended before there were enough shares.
	#[error("the release of request {0} has ended, because it expired, the consent was revoked, or the record was erased; request it again")]
	ReleaseEnded(RequestId),
	/// The block lacks the expected event.
	#[error("the chain accepted the request, but its block does not report on it; the chain and this client come from different releases; update the older one")]
	NotLogged,
	/// An export of an access log is invalid.
	#[error(transparent)]
	Log(#[from] LogError),
	/// An emergency case would open nothing.
	#[error("an emergency case would open nothing, so none was opened: {0}")]
	EmergencyBarred(String),
	/// The terms of a grant or request are invalid.
	#[error("{0}")]
	Terms(&'static str),
	/// The node asks for a block that is not in the upload.
	#[error("the node asks for block {0}, which is not in this upload; the node is faulty, use another one")]
	ForeignBlock(String),
	/// Something did not happen in time.
	#[error("{what} did not happen within {seconds} s; {remedy}")]
	Deadline {
		/// The awaited event, as a noun phrase.
		what: &'static str,
		/// Time waited, in seconds.
		seconds: u64,
		/// Remedy.
		remedy: &'static str,
	},
	/// A signed enrolment, admission or recovery cannot be submitted.
	#[error("the signed file cannot be submitted: {0}")]
	Signed(&'static str),
	/// The request is refused before the chain or node is asked.
	#[error("{text}")]
	Foreseen {
		/// Kind of the error.
		kind: ErrorKind,
		/// Cause and remedy.
		text: String,
	},
	/// A task of this process ended early.
	#[error("a part of this program ended early; start again, and report it if it recurs")]
	Task(#[from] tokio::task::JoinError),
}

/// Kinds of errors, for programs to distinguish.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
	/// Any other failure.
	Failure,
	/// The caller's input makes no sense: an address, an option.
	Usage,
	/// The patient's consent does not cover it.
	Refused,
	/// Something does not exist.
	NotFound,
	/// The node cannot be reached.
	Unreachable,
	/// The chain refused the transaction.
	Chain,
	/// A keystore file or password cannot be used.
	Key,
	/// The attempt took too long.
	Deadline,
	/// An alarm: the node's answer is not the chain's, or a key is not the one that it should be.
	/// Trying again does not help; somebody may be attacking.
	Untrusted,
}

impl Error {
	/// Returns the error of the chain, if that is the cause.
	pub fn of_chain(&self) -> Option<&ChainError> {
		match self {
			Self::Submit(SubmitError::Chain(error)) => Some(error),
			Self::Stopped(stopped) => stopped.source.of_chain(),
			_ => None,
		}
	}

	/// Makes an error that is found before the chain is asked.
	pub fn foreseen(kind: ErrorKind, text: impl Into<String>) -> Self {
		let text = text.into();
		Self::Foreseen { kind, text }
	}

	/// Returns the kind of the error.
	pub fn kind(&self) -> ErrorKind {
		fn of_rpc(error: &RpcError) -> ErrorKind {
			match error {
				error if error.is_unreachable() => ErrorKind::Unreachable,
				error if error.is_alarm() => ErrorKind::Untrusted,
				RpcError::NoAnswer { .. } => ErrorKind::Deadline,
				_ => ErrorKind::Failure,
			}
		}
		match self {
			Self::Refused(_) | Self::MayNotWrite { .. } | Self::EmergencyBarred(_) => {
				ErrorKind::Refused
			}
			Self::NotFound(_) | Self::Ambiguous { .. } | Self::Erased(_) | Self::NotAPatient(_) => {
				ErrorKind::NotFound
			}
			Self::Log(error) if error.is_alarm() => ErrorKind::Untrusted,
			Self::ForeignWrap { .. }
			| Self::WrongKeyShare { .. }
			| Self::Committee(_)
			| Self::ForeignBlock(_)
			| Self::Connect(ConnectError::OtherGenesis { .. })
			| Self::Submit(SubmitError::OtherMetadata) => ErrorKind::Untrusted,
			Self::Stopped(stopped) => stopped.source.kind(),
			Self::Foreseen { kind, .. } => *kind,
			Self::Key(KeyError::Envelope(_)) => ErrorKind::Failure,
			Self::Key(_) => ErrorKind::Key,
			Self::Connect(ConnectError::Rpc(error)) | Self::Rpc(error) => of_rpc(error),
			Self::Connect(ConnectError::Address(_) | ConnectError::TlsFile(_)) => ErrorKind::Usage,
			Self::Submit(SubmitError::Rpc(error)) => of_rpc(error),
			Self::Submit(SubmitError::NoMotion(_)) => ErrorKind::NotFound,
			Self::Submit(SubmitError::Chain(error)) if error.is_denial_limit() => {
				ErrorKind::Refused
			}
			Self::WhichOrganisation { .. } => ErrorKind::Usage,
			Self::Submit(
				SubmitError::Chain(_)
				| SubmitError::Invalid { .. }
				| SubmitError::Unsettled { .. }
				| SubmitError::Refused { .. }
				| SubmitError::NoSeat(_)
				| SubmitError::WeakMotion { .. }
				| SubmitError::VotedBefore { .. },
			)
			| Self::NotAsked { .. }
			| Self::OtherVersion(_) => ErrorKind::Chain,
			Self::Submit(SubmitError::Deadline { .. } | SubmitError::NotFinal { .. })
			| Self::Deadline { .. }
			| Self::RequestNotFinal { .. }
			| Self::TooFewHospitals { .. } => ErrorKind::Deadline,
			_ => ErrorKind::Failure,
		}
	}
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_light::Fault;

	#[test]
	fn an_answer_that_is_not_the_chains_is_an_alarm() {
		let untrue = || RpcError::Untrue {
			url: "ws://x".into(),
			method: "state_getReadProof".into(),
			fault: Fault::State,
		};
		let alarms = [
			Error::Rpc(untrue()),
			Error::Connect(untrue().into()),
			Error::Submit(untrue().into()),
			Error::Submit(SubmitError::OtherMetadata),
			Error::ForeignWrap { record: RecordId([1; 32]), version: 1 },
			Error::ForeignBlock("bafk".into()),
		];
		for alarm in alarms {
			assert_eq!(alarm.kind(), ErrorKind::Untrusted, "{alarm}");
			// Another attempt would ask the same node.
			assert!(!is_of_node(&alarm), "{alarm}");
		}
		let stale = RpcError::Stale { url: "ws://x".into(), block: 7, minutes: 11 };
		assert_eq!(Error::Rpc(stale).kind(), ErrorKind::Failure);
	}
}
