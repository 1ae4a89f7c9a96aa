//! Breaking the glass.

use salus_primitives::{
	CaseId, EmergencyCase, EmergencyReason, Hash32, LogEvent, Moment, OrganisationId, Reviewer,
};
use serde::Serialize;
use sha2::{Digest, Sha256};

use crate::{
	calls,
	error::Missing,
	submit::{Follow, Included},
	Account, Client, Error, Signer,
};

/// An emergency case that was opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct OpenedCase {
	/// Its number.
	pub case: CaseId,
	/// Until when it opens records, that moment excluded.
	pub until: Moment,
	/// SHA-256 of the written reason: keep the text, the reviewers ask for it.
	#[serde(with = "crate::json::hex")]
	pub statement: Hash32,
	/// The transaction.
	pub included: Included,
}

impl Client {
	/// Opens an emergency case for a patient. The written reason stays here; the chain gets its SHA-256.
	pub async fn open_emergency(
		&self,
		clinician: &Signer,
		patient: &Account,
		organisation: OrganisationId,
		reason: EmergencyReason,
		statement: &str,
	) -> Result<OpenedCase, Error> {
		if statement.trim().is_empty() {
			return Err(Error::Terms(
				"an emergency needs a written reason, which the reviewers read",
			));
		}
		let statement: Hash32 = Sha256::digest(statement.as_bytes()).into();
		let call = calls::access::open_emergency(*patient, organisation, reason, statement);
		let (included, logged) = self
			.submit_logged(clinician, &call, Follow::default())
			.await?;
		let opened = logged.iter().find_map(|logged| match logged.entry.event {
			LogEvent::EmergencyOpened { case, until, .. } => Some((case, until)),
			_ => None,
		});
		let (case, until) = opened.ok_or(Error::NotLogged)?;
		Ok(OpenedCase {
			case,
			until,
			statement,
			included,
		})
	}

	/// Reviews an emergency case, and gives it as it stands then.
	pub async fn review_emergency(
		&self,
		reviewer: &Signer,
		case: CaseId,
		justified: bool,
		as_what: Reviewer,
	) -> Result<(EmergencyCase<Account>, Included), Error> {
		let missing = || Error::NotFound(Missing::Case(case));
		self.now().emergency(case).await?.ok_or_else(missing)?;
		let call = calls::access::review_emergency(case, justified, as_what);
		let included = self.submit(reviewer, &call).await?;
		let found = self.at(included.block_hash).emergency(case).await?;
		Ok((found.ok_or_else(missing)?, included))
	}
}
