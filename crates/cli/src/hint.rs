//! The commands and options that help after an error. The SDK names causes; only this program knows
//! its commands and options.

use salus_client::{
	primitives::{Finding, Recipient},
	AddressError, ConnectError, ContactError, Error, FileError, JournalError, KeyError, LogError,
	Missing, OutputError, Refusal, RpcError, SubmitError, TlsFault, TlsFileError,
};

use crate::Failure;

/// Names the options for a client certificate.
const CLIENT_CERT: &str = "give a client certificate with --client-cert and --client-key";

/// Returns the command or option that helps after a failure, if one does.
pub(crate) fn hint(failure: &Failure) -> Option<&'static str> {
	match failure {
		Failure::Client(error) => of_error(error),
		Failure::Contact(ContactError::Unknown(_)) => Some("`salus contact list` lists its names"),
		Failure::Contact(ContactError::State(error)) => of_state(error),
		_ => None,
	}
}

fn of_error(error: &Error) -> Option<&'static str> {
	Some(match error {
		Error::Key(error) => return of_key(error),
		Error::Connect(error) => return of_connection(error),
		Error::Rpc(error) => return of_request(error),
		Error::Journal(error) => return of_state(error),
		Error::File(error) => return of_file(error),
		Error::Output(error) => return of_output(error),
		Error::Submit(error) => return of_transaction(error),
		Error::NotFound(missing) => return of_missing(missing),
		Error::Stopped(stopped) => return of_error(&stopped.source),
		Error::Refused(refusal) => return of_denial(refusal),
		Error::NotAsked { would, .. } => return would.case.map(|_| "ask with --purpose BTG"),
		Error::OutputExists => "--force replaces it",
		Error::NotAPatient(_) => "a hospital enrols patients with `salus patient enrol`",
		Error::NoRecipientKey(Recipient::Account(_)) => "its owner runs `salus keys publish`",
		Error::NoRecipientKey(Recipient::Organisation(_)) => "its admin runs `salus org set-key`",
		Error::MayNotWrite { .. } => "see `salus consent list` and `salus member show`",
		Error::WhichOrganisation { .. } => "use --org; `salus member show` lists its memberships",
		Error::NoWrap { .. } => "the patient runs `salus consent sync`",
		Error::NoKeyShare { .. } => "its admin runs `salus org share-key`",
		Error::WrongKeyShare { .. } => {
			"an admin runs `salus org share-key`, or `salus org set-key` for a new one"
		}
		Error::ForeignWrap { .. } => {
			"`salus record show` names its author; if it is guarded, `salus record get --ignore-wrap` \
			 has hospitals open it nevertheless, and `salus record reseal --ignore-wrap` reseals it"
		}
		Error::OtherKey(_) => "publish it with `salus keys publish --rotate`",
		Error::OtherOrganisationKey(_) => "set it with `salus org set-key`",
		Error::Guarded { .. } => "open it with `salus record get`",
		Error::TooFewHospitals { earlier: Some(_), .. } => {
			"`salus record get --from-epoch` requests it from them"
		}
		Error::NoCommittee | Error::TooFewHospitals { .. } => {
			"`salus committee status` shows the committee"
		}
		Error::NoEpochKey(_) => "the patient runs `salus record reseal`",
		Error::RequestNotFinal { .. } => {
			"run the same command again; `salus status` shows finality"
		}
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

fn of_connection(error: &ConnectError) -> Option<&'static str> {
	Some(match error {
		ConnectError::Rpc(error) => return of_request(error),
		ConnectError::Address(AddressError::Unencrypted { .. }) => "--insecure allows it",
		ConnectError::TlsFile(TlsFileError::KeyAlone) => "give it with --client-cert",
		ConnectError::OtherChain { .. } | ConnectError::OtherGenesis { .. } => {
			"--url names another node"
		}
		_ => return None,
	})
}

fn of_request(error: &RpcError) -> Option<&'static str> {
	Some(match error {
		RpcError::Unreachable { .. } => "--url names another node",
		RpcError::Gone { .. } => "the same command continues an interrupted upload",
		RpcError::Rejected { status: 400 | 401 | 407, .. } => CLIENT_CERT,
		RpcError::Tls { fault, .. } => match fault {
			TlsFault::NoClientCert | TlsFault::PerhapsNoClientCert => CLIENT_CERT,
			TlsFault::UnknownSigner | TlsFault::NoAuthorities => {
				"give the signer's certificate with --ca-file"
			}
			TlsFault::OtherName | TlsFault::UnknownHost => "give the name with --url",
			TlsFault::Other(_) => return None,
		},
		RpcError::OtherChain { .. } => "--genesis names it",
		_ => return None,
	})
}

fn of_state(error: &JournalError) -> Option<&'static str> {
	matches!(error, JournalError::NoFolder).then_some("--state-dir names a folder")
}

fn of_file(error: &FileError) -> Option<&'static str> {
	Some(match error {
		FileError::OwnName { .. } => "give a name with --name",
		FileError::GivenName { .. } => "correct --name",
		FileError::SameContent { .. } => "--again allows both",
		FileError::Known { .. } => "to add it again, use --again",
		_ => return None,
	})
}

fn of_output(error: &OutputError) -> Option<&'static str> {
	Some(match error {
		OutputError::Exists(_) => "--force replaces it",
		OutputError::NameTaken { .. } => "--out names the file",
		OutputError::NoFolder(_) | OutputError::NoRoom { .. } => "--out names another folder",
		_ => return None,
	})
}

fn of_denial(refusal: &Refusal) -> Option<&'static str> {
	let mut considered = refusal.explanation.considered.iter();
	let is_unmet = considered.any(|one| one.finding == Finding::ConditionUnmet);
	match (refusal.case.is_some(), is_unmet) {
		(true, true) => Some("ask with --purpose BTG; `salus consent explain` shows the condition"),
		(true, false) => Some("ask with --purpose BTG"),
		(false, true) => Some("`salus consent explain` shows the condition"),
		(false, false) => None,
	}
}

fn of_transaction(error: &SubmitError) -> Option<&'static str> {
	Some(match error {
		SubmitError::NoMotion(_) | SubmitError::VotedBefore { .. } => {
			"`salus council list` lists the motions"
		}
		SubmitError::WeakMotion { .. } => "use `salus council vote --no` and `salus council close`",
		SubmitError::NotFinal { .. } => "`salus status` shows finality",
		SubmitError::Invalid { .. } | SubmitError::Unsettled { .. } => {
			"`salus doctor` looks for the cause"
		}
		SubmitError::Rpc(error) => return of_request(error),
		SubmitError::Chain(error) => return of_refusal(&error.pallet, &error.error),
		_ => return None,
	})
}

fn of_refusal(pallet: &str, error: &str) -> Option<&'static str> {
	match (pallet, error) {
		("Access", "AlreadyOpen") => Some("`salus emergency list --patient` names the case"),
		("Records", "WrongKeyVersion") => Some("run the command again, which reads the keys again"),
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
		Missing::Patient(_) => "a hospital enrols patients with `salus patient enrol`",
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

	#[test]
	fn an_error_names_the_option_that_helps() {
		let unreachable =
			|| RpcError::Unreachable { url: "ws://x".into(), source: "no route".into() };
		let rejected = |status| RpcError::Rejected { url: "ws://x".into(), status };
		let tls = |fault| RpcError::Tls { url: "wss://x".into(), fault, source: "alert".into() };
		let gone =
			|| RpcError::Gone { url: "ws://x".into(), seconds: 60, source: "no route".into() };
		let not_final = Error::RequestNotFinal { block: 9, finalized: 7, seconds: 60 };
		let unencrypted = AddressError::Unencrypted { url: "ws://x".into() };
		for (error, option) in [
			(Error::Rpc(unreachable()), "--url"),
			(Error::Connect(unreachable().into()), "--url"),
			(Error::Submit(unreachable().into()), "--url"),
			(Error::Rpc(rejected(401)), "--client-cert"),
			(Error::Rpc(tls(TlsFault::NoClientCert)), "--client-key"),
			(Error::Rpc(tls(TlsFault::UnknownSigner)), "--ca-file"),
			(Error::Rpc(tls(TlsFault::OtherName)), "--url"),
			(Error::Connect(unencrypted.into()), "--insecure"),
			(Error::Journal(JournalError::NoFolder), "--state-dir"),
			(Error::Output(OutputError::Exists("a".into())), "--force"),
			(Error::Output(OutputError::NoFolder("a".into())), "--out"),
			(Error::OutputExists, "--force"),
			(Error::Rpc(gone()), "the same command"),
			(Error::Submit(gone().into()), "the same command"),
			(not_final, "the same command"),
		] {
			let of_the_sdk = error.to_string();
			assert!(!of_the_sdk.contains("--") && !of_the_sdk.contains("command"), "{of_the_sdk}");
			let text = Failure::Client(error).to_text();
			assert!(text.contains(option), "{option}: {text}");
		}
		assert_eq!(of_request(&rejected(403)), None);
	}
}
