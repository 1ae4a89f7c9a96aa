//! What can go wrong, and what to do about it.
//!
//! No error carries a key, a password, a title, a file name of a record or its content. A file that the caller named is shown as they
//! named it.

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
	chain::{error::ConnectError, rpc::RpcError, submit::SubmitError},
	files::{input::FileError, output::OutputError},
	keys::{account::InvalidAccount, error::KeyError},
	log::LogError,
	number::Beginning,
	state::folder::JournalError,
	Account,
};

/// Who an error is about.
pub(crate) fn name(recipient: &Recipient<Account>) -> String {
	match recipient {
		Recipient::Account(account) => account.to_string(),
		Recipient::Organisation(id) => format!("organisation {id}"),
	}
}

fn publish_hint(recipient: &Recipient<Account>) -> &'static str {
	match recipient {
		Recipient::Account(_) => "they publish one with `salus keys publish`",
		Recipient::Organisation(_) => "its admin sets one with `salus org set-key`",
	}
}

fn blamed(bad: &[MemberIndex]) -> String {
	match bad {
		[] => String::new(),
		bad => {
			let members: Vec<_> = bad.iter().map(MemberIndex::to_string).collect();
			format!(" (bad shares came from member {} of the committee)", members.join(", "))
		}
	}
}

/// Why a step of a journey was not taken.
#[derive(Debug, thiserror::Error)]
pub enum Error {
	/// A key or keystore file.
	#[error(transparent)]
	Key(#[from] KeyError),
	/// The node was not accepted.
	#[error(transparent)]
	Connect(#[from] ConnectError),
	/// A request came to nothing.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// A transaction was not made.
	#[error(transparent)]
	Submit(#[from] SubmitError),
	/// The notes about an upload under way.
	#[error(transparent)]
	Journal(#[from] JournalError),
	/// A text that names no account.
	#[error(transparent)]
	Account(#[from] InvalidAccount),
	/// Sealing, opening or wrapping.
	#[error(transparent)]
	Envelope(#[from] salus_envelope::Error),
	/// The blocks of a record cannot be fetched.
	#[error(transparent)]
	Fetch(#[from] salus_ipfs::fetch::Error),
	/// The IPFS node named by the caller.
	#[error(transparent)]
	Ipfs(#[from] salus_ipfs::kubo::Error),
	/// The patient's consent does not cover it.
	#[error(transparent)]
	Refused(#[from] Box<Refusal>),
	/// The chain did not take the request: nobody has answered it.
	#[error("the chain did not take the request, so it is not on the patient's log and has no answer: {reason}. It would be {would}")]
	NotAsked {
		/// Why the chain did not take it, and what to do.
		reason: String,
		/// What the answer would be now.
		would: Box<Refusal>,
	},
	/// Something is not there.
	#[error("{0}")]
	NotFound(Missing),
	/// The digits fit more than one record.
	#[error("the numbers of several records begin with {beginning}, such as {} and {}; give more digits", found[0], found[1])]
	Ambiguous {
		/// The digits.
		beginning: Beginning,
		/// Two of the records.
		found: [RecordId; 2],
	},
	/// The record was erased.
	#[error("record {0} was erased by the patient; nothing of it is left to open")]
	Erased(RecordId),
	/// A file cannot be added.
	#[error(transparent)]
	File(#[from] FileError),
	/// The adding of files stopped half-way.
	#[error(transparent)]
	Stopped(#[from] Box<Stopped>),
	/// An opened record cannot be written where it should go.
	#[error(transparent)]
	Output(#[from] OutputError),
	/// The result cannot be written.
	#[error("cannot write the opened record; check space and rights of the target folder")]
	WriteOutput(#[source] io::Error),
	/// There is something in the way.
	#[error("the target exists already; name another one, or replace it with --force")]
	OutputExists,
	/// The account is no patient, or no longer one who counts.
	#[error("{0} is no enrolled patient (or suspended); a hospital enrols patients with `salus patient enrol`")]
	NotAPatient(Account),
	/// Someone to whom a key should be wrapped has published none.
	#[error("{} has published no key to which records can be sealed; {}", name(.0), publish_hint(.0))]
	NoRecipientKey(Recipient<Account>),
	/// The author's consent to write is missing.
	#[error("{author} may not add this to the file of {patient} for organisation {organisation}: the patient's consent does not cover it, or the author is no live practitioner, records admin or device there; see `salus consent list` and `salus member show`")]
	MayNotWrite {
		/// Who wanted to write.
		author: Account,
		/// For whom.
		organisation: OrganisationId,
		/// Whose file.
		patient: Account,
	},
	/// The author belongs to none or several organisations.
	#[error("cannot tell for which organisation {account} acts ({found}); name one with --org")]
	WhichOrganisation {
		/// The account.
		account: Account,
		/// What was found.
		found: String,
	},
	/// The reader may read, and holds no key.
	#[error("the patient's consent permits it, but no key of version {version} of {record} is wrapped for {reader}; ask the patient for `salus consent sync` or, where the consent is to an organisation or a role, for a grant to this account")]
	NoWrap {
		/// The record.
		record: RecordId,
		/// The version.
		version: Version,
		/// Who wanted to read.
		reader: Account,
	},
	/// The organisation's key has not been shared with the reader, or an older one.
	#[error("the key is wrapped for organisation {organisation}, whose key {reader} does not hold (any more); its admin shares it with `salus org share-key`")]
	NoKeyShare {
		/// The organisation.
		organisation: OrganisationId,
		/// Who wanted to read.
		reader: Account,
	},
	/// The account's published key is not the one that follows from its secret.
	#[error("the key that {0} published is not the one that follows from this keystore; publish the right one with `salus keys publish --rotate`")]
	OtherKey(Account),
	/// The organisation's published key was made by someone else.
	#[error("the key of organisation {0} was set by another admin, who alone can share it; set a new one with `salus org set-key`")]
	OtherOrganisationKey(OrganisationId),
	/// The version is guarded, and the reader holds no wrap.
	#[error("version {version} of record {record} is guarded: its title is not shown without opening it; `salus record get` asks for it, on the patient's record")]
	Guarded {
		/// The record.
		record: RecordId,
		/// The version.
		version: Version,
	},
	/// There is no committee that releases keys.
	#[error("no committee of hospitals has a key yet, so nothing can be sealed to it; wait until `salus committee status` shows an active epoch, or choose direct mode")]
	NoCommittee,
	/// What the chain says of the committee does not fit together.
	#[error("the committee's key or a key sealed to it cannot be used")]
	Committee(#[source] salus_threshold::Error),
	/// The key's epoch is unknown or has no key.
	#[error("epoch {0} of the committee has no key; the patient seals the record again with `salus record reseal`")]
	NoEpochKey(Epoch),
	/// The key of the version is not sealed for the epoch of the release.
	#[error("the record's key was sealed again while it was asked for; ask again")]
	Resealed,
	/// Not enough hospitals answered.
	#[error("waited {seconds} s for the key: {missing} more {} must release it{}; ask again when they are back (`salus committee status`)", if *missing == 1 { "hospital" } else { "hospitals" }, blamed(bad))]
	TooFewHospitals {
		/// How many good shares are missing.
		missing: u32,
		/// How long was waited.
		seconds: u64,
		/// Hospitals that released bad shares, by their place in the committee.
		bad: Vec<MemberIndex>,
	},
	/// Hospitals release keys for requests in final blocks alone.
	#[error("the request is in block {block}; waited {seconds} s for it to become final (finality stands at block {finalized}): too few hospitals vote (`salus status`). The same command again goes on with this request")]
	RequestNotFinal {
		/// The block.
		block: u64,
		/// The last final block.
		finalized: u64,
		/// How long was waited.
		seconds: u64,
	},
	/// The release ended before there were enough shares.
	#[error("the release of request {0} has ended: its time is over, the consent was taken back or the record erased; ask again")]
	ReleaseEnded(RequestId),
	/// What the chain should tell of a request is missing from the block.
	#[error("the chain took the request and tells nothing of it; chain and client are of different releases, update the older one")]
	NotLogged,
	/// An export of an access log proves nothing.
	#[error(transparent)]
	Log(#[from] LogError),
	/// An emergency would open nothing.
	#[error("an emergency case would open nothing, so none was opened: {0}")]
	EmergencyBarred(String),
	/// A set of terms is empty or too large.
	#[error("{0}")]
	Terms(&'static str),
	/// The node says something about an upload that cannot be.
	#[error("the node asks for block {0}, which is none of this upload; it is out of order, see its log")]
	ForeignBlock(String),
	/// Nothing moved.
	#[error("{what} did not happen within {seconds} s; {mend}")]
	Deadline {
		/// What was waited for.
		what: &'static str,
		/// How long.
		seconds: u64,
		/// What to do.
		mend: &'static str,
	},
	/// A signed enrolment cannot be used.
	#[error("{0}")]
	Enrolment(&'static str),
	/// What was asked for cannot be. The chain or the node need not refuse it first.
	#[error("{text}")]
	Foreseen {
		/// Of what kind it is.
		kind: ErrorKind,
		/// Why, and what to do.
		text: String,
	},
	/// A task of this process ended early.
	#[error("a part of this program ended early; start again, and report it if it recurs")]
	Task(#[from] tokio::task::JoinError),
}

/// Kinds of errors, as a program that calls this one tells them apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ErrorKind {
	/// Anything else.
	Failure,
	/// What the caller asked for makes no sense: an address, an option.
	Usage,
	/// Consent does not cover it.
	Refused,
	/// It is not there.
	NotFound,
	/// The node cannot be reached.
	Unreachable,
	/// The chain refused the transaction.
	Chain,
	/// A keystore file or password.
	Key,
	/// It took too long.
	Deadline,
}

impl Error {
	/// An error that was found before the chain was asked.
	pub fn foreseen(kind: ErrorKind, text: impl Into<String>) -> Self {
		let text = text.into();
		Self::Foreseen { kind, text }
	}

	/// Of what kind it is.
	pub fn kind(&self) -> ErrorKind {
		fn of_rpc(error: &RpcError) -> ErrorKind {
			match error {
				error if error.is_unreachable() => ErrorKind::Unreachable,
				RpcError::Silent { .. } => ErrorKind::Deadline,
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
				| SubmitError::NoSeat(_)
				| SubmitError::WeakMotion { .. }
				| SubmitError::VotedBefore { .. },
			)
			| Self::NotAsked { .. } => ErrorKind::Chain,
			Self::Submit(SubmitError::Deadline { .. } | SubmitError::NotFinal { .. })
			| Self::Deadline { .. }
			| Self::RequestNotFinal { .. }
			| Self::TooFewHospitals { .. } => ErrorKind::Deadline,
			_ => ErrorKind::Failure,
		}
	}
}
