//! Refusals: why no key was requested, or none released.

use salus_client::{
	primitives::{Action, Question},
	Client, Refusal, Request, Signer, SubmitError,
};

use crate::{commands::consent::unmet_conditions, show, Context, Failure};

/// Explains to the reader why no key was requested, or none released.
///
/// If the chain did not even take the request (a suspended reader has no allowance, and may have no
/// tokens), the failure says what the answer would be. This is not the chain's answer: that would
/// be in the patient's log. If the reader broke the glass for this patient but asks for another
/// purpose, the failure says so. The conditions of grants that would otherwise permit it are shown
/// as warnings.
pub(super) async fn explained(
	client: &Client,
	reader: &Signer,
	request: &Request,
	error: salus_client::Error,
	context: &Context<'_>,
) -> Failure {
	let question = Question {
		reader: reader.account(),
		record: request.record,
		version: request.version,
		purpose: request.purpose,
		action: Action::Read,
	};
	match error {
		salus_client::Error::Submit(SubmitError::Chain(chain)) if chain.is_denial_limit() => {
			let own = reader.own_account();
			match client.denial_limit(&own, request.record).await {
				Ok(Some(limit)) => Failure::DeniedTooOften {
					error: chain,
					most: limit.most,
					most_with_patient: limit.most_with_patient,
					after: show::moment(limit.ends),
				},
				_ => salus_client::Error::Submit(SubmitError::Chain(chain)).into(),
			}
		}
		salus_client::Error::Submit(SubmitError::Invalid { reason }) => {
			match client.ask(&question).await {
				Err(salus_client::Error::Refused(mut refusal)) => {
					refusal.case = client.own_case(&question).await.unwrap_or_default();
					warn_of_conditions(client, &refusal, context).await;
					salus_client::Error::NotAsked { reason, would: refusal }.into()
				}
				_ => salus_client::Error::Submit(SubmitError::Invalid { reason }).into(),
			}
		}
		salus_client::Error::Refused(mut refusal) => {
			// The hints are optional: the refusal is shown without them.
			refusal.case = client.own_case(&question).await.unwrap_or_default();
			warn_of_conditions(client, &refusal, context).await;
			salus_client::Error::Refused(refusal).into()
		}
		error => error.into(),
	}
}

/// Warns of each condition of a grant that is not met.
async fn warn_of_conditions(client: &Client, refusal: &Refusal, context: &Context<'_>) {
	let unmet = unmet_conditions(client, &refusal.question, &refusal.explanation).await;
	for (grant, condition) in unmet.unwrap_or_default() {
		context.warn(&format!("the condition of grant {grant} is not met: {condition}"));
	}
}
