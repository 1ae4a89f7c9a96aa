//! The Salus SDK: what a hospital's or a patient's system links to add, share and open records.
//!
//! ```no_run
//! use salus_client::{Client, Filing, Mode, NewFile, Progress, Signer, StateDir};
//! use salus_primitives::{Category, Confidentiality};
//! use std::sync::Arc;
//!
//! # async fn run() -> Result<(), Box<dyn std::error::Error>> {
//! let client = Client::connect("ws://127.0.0.1:9944").await?;
//! let doctor = Signer::from_dev_uri("//Bob")?;
//! let filing = Filing {
//!     patient: salus_client::parse_account("//Dave")?,
//!     organisation: None,
//!     category: Category::Laboratory,
//!     confidentiality: Confidentiality::Normal,
//!     mode: Mode::Guarded,
//!     again: false,
//! };
//! let state = StateDir::new(None)?;
//! let files = [NewFile::new("blood-count.json")];
//! let quiet: Arc<dyn Progress> = Arc::new(());
//! let added = client.add_records(&doctor, &state, &filing, &files, &quiet).await?;
//! println!("record {}", added[0].record);
//! state.settle(&added)?;
//! # Ok(())
//! # }
//! ```
//!
//! More programs to copy are in the crate's `examples` folder.
//!
//! # Neighbours
//!
//! - Used by: `salus-cli`, and every system that links this crate. They bring a [`Signer`] and
//!   decide where files go. This crate does not know their commands and options.
//! - Uses: `salus-envelope`, which seals and opens; `salus-threshold`, which seals keys to the
//!   committee and combines its shares; `salus-ipfs`, which cuts files into blocks and fetches
//!   them. This crate talks to the node, and remembers what an interrupted run has done
//!   ([`StateDir`]).
//! - Uses: a node, by JSON-RPC over one WebSocket: reads of the runtime API ([`View`]),
//!   transactions ([`Client::submit`]), blocks. No `sc-*` crate.
//!
//! # Layers
//!
//! Each layer uses only those listed before it, which `scripts/lib/check-layers` checks:
//!
//! 1. `files`: files of this machine; `number`, `json`, `storage`: how record numbers, bytes and
//!    keys of the chain's storage are written; `threads`: work that blocks.
//! 2. `keys`: accounts, their secrets and keystore files; [`words`] and `progress` describe.
//! 3. `chain`: the connection, reads, calls and transactions; `log`: exports and their proof.
//! 4. `state`: what this machine keeps between two runs.
//! 5. `error`: [`Error`], which unites the errors of the layers before it.
//! 6. `keyring`: keys on the chain, and wraps of record keys.
//! 7. `consent`: decisions, grants, denials and requests.
//! 8. `access` opens records and reads logs, `records` adds and erases them, `membership` admits
//!    and enrols, `governance` votes. These do not use each other.
//!
//! # Boxed futures
//!
//! The compiler compiles an `async fn` again with each program that awaits it, with all that it
//! awaits in turn. So functions with much below them return a boxed future instead: they are
//! compiled with this library, once.
//!
//! # Contract
//!
//! - Plaintext, titles, the authors' file names and keys do not leave this process, except in the
//!   file that the caller asked for; no error and no `Debug` shows them. An error about a file that
//!   the caller named shows its path as the caller wrote it. Everything in the state folder is
//!   sealed, except the names in the address book ([`Contacts`]), which only its owner can read.
//! - Until plaintext is verified to its end, it is in a file without a name, where the system
//!   supports that. On other systems, the next opening into the same folder removes leftovers. A
//!   program that has to terminate calls [`discard_unfinished`]. Content that is not for a file of
//!   the caller's is in the system's temporary folder only as a [`Scratch`]: sealed under a key
//!   that no disk has.
//! - Every step can be repeated; a repeated one does nothing twice.
//! - Memory stays bounded regardless of the size of a record, and every wait has a deadline.
//! - Errors say what is wrong and what to do ([`Error`]); [`Error::kind`] is for programs.

#![warn(missing_docs)]
#![cfg_attr(
	not(test),
	deny(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)
)]

mod access;
mod chain;
mod consent;
mod error;
mod files;
mod governance;
pub mod json;
mod keyring;
mod keys;
mod log;
mod membership;
mod number;
mod progress;
mod records;
mod state;
mod storage;
mod threads;
pub mod words;

pub use access::{
	bond::Bond,
	denials::DenialLimit,
	emergency::{Emergency, OpenedCase, Outlook, Reviewers},
	fetch::Source,
	guarded::Released,
	log::{AccessLog, KnownLog},
	open::{Listed, Opened, Room, UnusedWrap},
	request::Request,
	reseal::{PartlyResealed, Resealed},
};
pub use chain::{
	calls::{self, roles::Entitlement, Call},
	changes::{Changed, Changes},
	client::{Client, NodeStatus, TRANSACTION_VERSION},
	endpoint::{AddressError, ConnectOptions},
	error::ConnectError,
	rpc::{Patience, RpcError},
	submit::{
		Answered, ChainError, Executed, Follow, Included, Logged, NodesWord, Submission,
		SubmitError, Until,
	},
	tls::{connector as tls_connector, TlsFault, TlsFileError, TlsFiles},
	view::View,
};
pub use consent::{
	grants::{Granted, RemainingKey, TakenBack},
	requests::Asked,
	standing::GrantState,
};
pub use error::{Error, ErrorKind, Missing, Refusal, Stopped};
pub use files::{
	input::{FileError, GivenPath, NewFile, Origin},
	output::{discard_unfinished, Output, OutputError},
	scratch::{Scratch, ScratchReader, ScratchWriter},
};
pub use governance::{
	council::{CouncilOutcome, Motion},
	nominations::Nomination,
	read::ReadCall,
	upgrade::runtime_hash,
};
pub use keyring::{
	committee::{CommitteeKey, LeftToReseal},
	publish::Published,
};
pub use keys::{
	account::{parse_account, Account, InvalidAccount},
	error::KeyError,
	keystore::{self, Password},
	node::NodeKey,
	signer::{OrganisationSeed, Signer},
};
pub use log::{LogError, LogExport, StateProof, Verified};
pub use membership::{
	admission::{Admitted, SignedAdmission, ADMISSION_LIFETIME},
	enrolment::{SignedEnrolment, ENROLMENT_LIFETIME},
	recovery::{SignedRecovery, RECOVERY_LIFETIME},
};
pub use number::{Beginning, InvalidRecordNumber, RecordNumber};
pub use progress::{Milestone, Progress, Step};
pub use records::{
	add::{Added, Filing, Revision},
	erase::Receipt,
	prepare::Mode,
	upload::UploadReport,
};
pub use salus_envelope::{is_deceptive, Descriptor};
pub use salus_ipfs::{
	errors,
	kubo::{Kubo, Options as KuboOptions},
};
pub use salus_primitives::{
	self as primitives,
	node::{Eviction, IpfsInfo, Kept, NodeInfo, VersionOf},
};
pub use state::{
	contacts::{ContactError, ContactName, Contacts},
	folder::{JournalError, StateDir},
	readings::OpenedNote,
	uploads::{Pending, Unfinished},
};
pub use subxt::rpcs::{client::RpcParams, rpc_params};
