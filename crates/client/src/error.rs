//! What can go wrong, and what to do about it.
//!
//! No error carries a key, a password, a title, a file name of a record or its content. A file that the caller named is shown as they
//! named it.

use std::{io, path::PathBuf};

use salus_primitives::{
	Epoch, MemberIndex, OrganisationId, Recipient, RecordId, RequestId, Version,
};

use crate::{
	chain::endpoint::{AddressError, EndpointError},
	chain::rpc::RpcError,
	chain::submit::SubmitError,
	chain::tls::TlsFileError,
	consent::grants::Refusal,
	keys::account::InvalidAccount,
	number::Beginning,
	state::journal::JournalError,
	Account,
};

/// Why a key or a keystore file could not be used.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
	/// The text is no development name.
	#[error("this is no development account such as //Alice; secrets are taken from keystore files alone, make one with `salus keys new`")]
	NotADevUri,
	/// The operating system gave no randomness.
	#[error(
		"the operating system gave no randomness; repair its random device before making keys"
	)]
	NoRandomness,
	/// The file's secret, account and public key do not belong together.
	#[error("the keystore file is damaged; take its backup")]
	Damaged,
	/// The file is something else.
	#[error(
		"this is no keystore file; give a JSON file that `salus keys new` or polkadot.js wrote"
	)]
	NotAKeystore,
	/// The file is encrypted in another way.
	#[error("the keystore file is encrypted in a way that this client does not know; export the account again from a polkadot.js of today")]
	UnknownEncoding,
	/// The file's secret lies open.
	#[error("the keystore file is not encrypted: whoever reads it acts as its owner. Give it a password with `salus keys password`")]
	Unencrypted,
	/// The file holds several accounts.
	#[error("the keystore file holds several accounts (a batch export of polkadot.js); export the account that is to act alone")]
	Batch,
	/// The account signs in another way.
	#[error("the keystore file holds an account of the kind {0}, and Salus knows sr25519 alone; make an account with `salus keys new`, or choose sr25519 in polkadot.js")]
	OtherKind(&'static str),
	/// The password does not open the file.
	#[error("the password does not open this keystore file")]
	WrongPassword,
	/// There is no password.
	#[error("the password is empty; a keystore file needs one")]
	EmptyPassword,
	/// The keystore file cannot be read.
	#[error("cannot read the keystore file {}", path.display())]
	ReadFile {
		/// Where it is.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The keystore file cannot be written.
	#[error("cannot write the keystore file {}", path.display())]
	WriteFile {
		/// Where it should be.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The keystore file cannot be replaced.
	#[error("cannot replace the keystore file {}: it is as it was", path.display())]
	ReplaceFile {
		/// Where it is.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The password file cannot be read.
	#[error("cannot read the password file {}", path.display())]
	PasswordFile {
		/// Where it is.
		path: PathBuf,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// A key could not be derived or a wrap not be made or opened.
	#[error(transparent)]
	Envelope(#[from] salus_envelope::Error),
	/// There is no keystore file of this name.
	#[error("there is no keystore file {name}{hint}; `salus keys list` names those there are, `salus keys new` makes one")]
	NoKeystore {
		/// The name or path that was given.
		name: String,
		/// What was meant, where that is likely.
		hint: String,
	},
	/// A keystore file has this name already.
	#[error("{} exists already, and a keystore file is never replaced; choose another name", path.display())]
	Exists {
		/// Where it is.
		path: PathBuf,
	},
	/// The password cannot be asked for.
	#[error("cannot ask for {whose} here: there is no terminal; give a file with {option}")]
	CannotAsk {
		/// Which password, and whose.
		whose: String,
		/// The option that takes a file with it.
		option: &'static str,
		/// What the system said.
		#[source]
		source: io::Error,
	},
	/// The file is no storage key of a node.
	#[error("this is no storage key of a node; give the file in its keystore folder whose name begins with 73616c75")]
	NotANodeKey,
}

/// Why a node was not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ConnectError {
	/// There is no node, or it does not answer.
	#[error(transparent)]
	Rpc(#[from] RpcError),
	/// The address is none, or leads where nothing is encrypted.
	#[error(transparent)]
	Address(#[from] AddressError),
	/// A file of an encrypted connection does not serve.
	#[error(transparent)]
	TlsFile(#[from] TlsFileError),
	/// The node runs another chain.
	#[error("the node at {url} runs the chain {found:?}, not salus; name a Salus node with --url")]
	OtherChain {
		/// Where it is.
		url: String,
		/// What it runs.
		found: String,
	},
	/// The chain's transactions have another form than this client makes.
	#[error("the chain speaks transaction version {found}, this client {supported}; update the older one")]
	OtherVersion {
		/// The chain's.
		found: u32,
		/// This client's.
		supported: u32,
	},
	/// The chain's description of itself cannot be read.
	#[error("the description that the chain gives of itself cannot be read; update this client")]
	Metadata(#[source] Box<subxt::Error>),
}

impl From<EndpointError> for ConnectError {
	fn from(error: EndpointError) -> Self {
		match error {
			EndpointError::Address(error) => error.into(),
			EndpointError::Tls(error) => error.into(),
		}
	}
}

/// What was looked for and is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Missing {
	/// A record.
	Record(RecordId),
	/// A record whose number begins with these digits.
	RecordBeginning(Beginning),
	/// A version of a record.
	Version(RecordId, Version),
	/// An organisation.
	Organisation(OrganisationId),
	/// A grant of the caller.
	Grant(u32),
	/// A denial of the caller.
	Denial(u32),
	/// A guardian of the caller.
	Guardian(Account),
	/// Any membership of an account.
	Member(Account),
	/// A patient's file.
	Patient(Account),
	/// A member of an epoch of the committee.
	CommitteeMember(Epoch, MemberIndex),
	/// A request for consent that waits for an answer.
	ConsentRequest(salus_primitives::ConsentRequestId),
	/// An emergency case.
	Case(salus_primitives::CaseId),
}

impl std::fmt::Display for Missing {
	fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
		match self {
			Self::Record(id) => write!(f, "there is no record {id}"),
			Self::RecordBeginning(digits) => write!(
				f,
				"there is no record whose number begins with {digits}; `salus record list` shows them"
			),
			Self::Version(id, version) => write!(f, "record {id} has no version {version}"),
			Self::Organisation(id) => write!(
				f,
				"there is no organisation {id}; `salus org list` names those there are"
			),
			Self::Grant(id) => {
				write!(
					f,
					"you have no grant {id}; `salus consent list` names those there are"
				)
			}
			Self::Denial(id) => {
				write!(
					f,
					"you have no denial {id}; `salus consent list` names those there are"
				)
			}
			Self::Guardian(account) => write!(
				f,
				"{account} is no guardian of yours; `salus guardian list` names those there are"
			),
			Self::CommitteeMember(epoch, member) => {
				write!(f, "epoch {epoch} of the committee has no member {member}")
			}
			Self::ConsentRequest(id) => write!(
				f,
				"no request {id} waits for an answer; `salus inbox` names those that do"
			),
			Self::Case(case) => write!(f, "there is no emergency case {case}"),
			Self::Patient(account) => write!(
				f,
				"{account} was never enrolled as a patient; check the account, or enrol it with `salus patient enrol`"
			),
			Self::Member(account) => write!(f, "{account} is no member of anything"),
		}
	}
}

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
	File(#[from] crate::files::input::FileError),
	/// The adding of files stopped half-way.
	#[error(transparent)]
	Stopped(#[from] Box<crate::records::add::Stopped>),
	/// An opened record cannot be written where it should go.
	#[error(transparent)]
	Output(#[from] crate::files::output::OutputError),
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
	Log(#[from] crate::log::LogError),
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
