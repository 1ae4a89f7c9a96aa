//! Checks of the user's own IPFS node, and of interrupted uploads in the state folder.

use salus_client::{words, StateDir, Unfinished};

use super::Report;
use crate::show;

/// Checks the IPFS node at `url`.
pub(super) async fn ipfs(url: &str, report: &mut Report) {
	let version = async {
		let kubo = salus_client::Kubo::new(url, Default::default())?;
		kubo.version().await
	};
	match version.await {
		Ok(version) => report.good("your IPFS node", format!("{} at {url}", version.version)),
		Err(error) => {
			report.bad("your IPFS node", error.to_string(), "start it, or name another address")
		}
	}
}

/// Reports interrupted uploads: how to resume and how to drop each.
pub(super) fn uploads(state: &StateDir, report: &mut Report) {
	let pending = state.pending();
	if pending.uploads == 0 {
		return;
	}
	let unfinished = state.unfinished();
	let mut ways: Vec<String> = unfinished.iter().map(resume_command).collect();
	// An envelope without a note was interrupted while it was sealed.
	if unfinished.len() < pending.uploads {
		ways.push(
			"repeat the command that was interrupted, `salus record add` or `salus record revise`"
				.into(),
		);
	}
	let drop = match &unfinished[..] {
		[one] => format!("remove {}", one.envelope.with_extension("*").display()),
		_ => format!("remove what belongs to it in {}", state.path().join("uploads").display()),
	};
	report.note(
		"uploads",
		format!("{} unfinished ({})", pending.uploads, show::size(pending.bytes)),
		&format!(
			"{}: it resumes where it stopped. To drop an upload that is no longer wanted, {drop}",
			ways.join("; ")
		),
	);
}

/// Returns the command that resumes an upload.
fn resume_command(upload: &Unfinished) -> String {
	let Unfinished { patient, record, version, .. } = upload;
	match version {
		1 => format!("repeat salus record add FILE --patient {patient}, with the same options"),
		_ => format!(
			"repeat salus record revise {} FILE, with the same options",
			words::record(record)
		),
	}
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn an_interrupted_upload_names_its_own_command() {
		let upload = |version| Unfinished {
			author: salus_client::Account::from([1; 32]),
			patient: salus_client::Account::from([2; 32]),
			record: salus_client::primitives::RecordId([3; 32]),
			version,
			envelope: "/state/uploads/x.envelope".into(),
		};
		assert!(resume_command(&upload(1)).contains("salus record add FILE --patient 5"));
		assert!(resume_command(&upload(2)).contains("salus record revise 0x0303"));
	}
}
