//! `--emergency`: a case that is opened with the request.

use salus_client::{
	primitives::{EmergencyReason, OrganisationId, Purpose, RecordDetails, RecordEntry},
	Account, Client, Emergency, Signer,
};

use super::Opts;
use crate::{
	commands::emergency::{outlook, read_statement},
	Context, Failure,
};

/// Returns the reason of an emergency, with its statement from the file; `None` without
/// `--emergency`.
pub(super) fn read_reason(opts: &Opts) -> Result<Option<(EmergencyReason, Vec<u8>)>, Failure> {
	let given = opts.emergency.zip(opts.statement.as_ref());
	given.map(|(reason, path)| Ok((reason, read_statement(path)?))).transpose()
}

/// Returns the purpose of a clinician's request in an emergency, and, if no case of theirs for the
/// patient is open, the emergency to open. Warns of what a new case means for them, and fails if it
/// would open nothing.
pub(super) async fn break_the_glass(
	client: &Client,
	clinician: &Signer,
	details: &RecordDetails<Account>,
	organisation: Option<OrganisationId>,
	(reason, text): &(EmergencyReason, Vec<u8>),
	context: &Context<'_>,
) -> Result<(Purpose, Option<Emergency>), Failure> {
	let RecordEntry::Live(record) = &details.entry else {
		return Err(salus_client::Error::Erased(details.id).into());
	};
	let purpose = |summary_alone| if summary_alone { Purpose::ETREAT } else { Purpose::BTG };
	let running = client.running_case(&clinician.account(), &record.patient).await?;
	if running.is_some() {
		let opt_out = client.now().consent_of(&record.patient).await?.opt_out;
		return Ok((purpose(opt_out), None));
	}
	let organisation = client.acting_for(clinician, organisation).await?;
	let emergency = Emergency::new(organisation, *reason, text)?;
	let outlook = outlook(client, clinician, &record.patient, organisation, context).await?;
	if client.may_treat(&clinician.account(), details.id).await? {
		context
			.warn("you may open this record for treatment without an emergency: --purpose TREAT");
	}
	Ok((purpose(outlook.summary_alone), Some(emergency)))
}
