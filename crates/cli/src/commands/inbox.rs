//! `salus inbox`: requests for consent that wait for the patient's answer.

use clap::{ArgGroup, Args, Subcommand};
use salus_client::{
	calls,
	primitives::{Answer, Answers, Approval, ConsentRequest, ConsentRequestId, GrantId, Role},
	words, Account, Client, Error, ErrorKind, Included, Missing,
};
use serde::Serialize;

use crate::{
	commands::request::{row_of, HEAD},
	context::Whose,
	parse, show,
	terms::Ends,
	Context, Failure,
};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Open the inbox of this patient, as a guardian [default: the account that acts].
	#[arg(long, global = true, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
	#[command(subcommand)]
	command: Option<Command>,
}

#[derive(Subcommand, Debug)]
enum Command {
	/// List the requests that wait (the default).
	List,
	/// Approve a request, in full or for less than was requested.
	Approve(Approve),
	/// Decline a request.
	Decline(Decline),
	/// Answer several requests in one transaction: all of them, or none if one fails.
	Answer(AnswerMany),
}

#[derive(Args, Debug)]
struct Approve {
	/// Number of the request.
	request: ConsentRequestId,
	#[command(flatten)]
	ends: Ends,
	/// Limit openings of guarded records to this number [default: no limit].
	#[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..))]
	uses: Option<u32>,
}

#[derive(Args, Debug)]
struct Decline {
	/// Number of the request.
	request: ConsentRequestId,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("answers").required(true).multiple(true).args(["approve", "decline"]))]
struct AnswerMany {
	/// Approve the requests with these numbers in full, such as 1,2.
	#[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
	approve: Vec<ConsentRequestId>,
	/// Decline the requests with these numbers, such as 3.
	#[arg(long, value_name = "NUMBERS", value_delimiter = ',')]
	decline: Vec<ConsentRequestId>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let whose = context.whose(opts.patient)?;
	match opts.command {
		None | Some(Command::List) => list(whose, context).await,
		Some(Command::Approve(opts)) => approve(whose, opts, context).await,
		Some(Command::Decline(opts)) => decline(whose, opts, context).await,
		Some(Command::Answer(opts)) => answer(whose, opts, context).await,
	}
}

#[derive(Serialize)]
struct Waiting {
	id: ConsentRequestId,
	/// Roles in which the requester is live.
	roles: Vec<Role>,
	#[serde(flatten)]
	request: ConsentRequest<Account>,
}

impl Waiting {
	fn row(&self) -> Vec<String> {
		let roles: Vec<_> = self.roles.iter().map(|role| words::role(*role)).collect();
		let roles = if roles.is_empty() { "no live role".into() } else { roles.join(", ") };
		let mut row = vec![self.id.to_string(), self.request.requester.to_string(), roles];
		row.extend(row_of(&self.request));
		row
	}
}

async fn list(whose: Whose, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let patient = whose.account(&client).await?;
	let clock = client.now().clock().await?;
	let consent = client.now().consent_of(&patient).await?;
	let mut waiting = Vec::new();
	for (id, request) in consent.requests {
		if request.expires <= clock {
			continue;
		}
		let memberships = client.now().memberships(&request.requester).await?;
		let live = memberships.iter().filter(|info| info.live);
		waiting.push(Waiting { id, roles: live.map(|info| info.role).collect(), request });
	}
	context.emit(&waiting, |out| {
		if waiting.is_empty() {
			return writeln!(out, "No request waits for an answer from {patient}");
		}
		let rows: Vec<_> = waiting.iter().map(Waiting::row).collect();
		let head = [&["number", "requester", "roles"][..], &HEAD].concat();
		show::table(out, &head, &rows)
	})
}

#[derive(Serialize)]
struct ApprovalReport {
	patient: Account,
	request: ConsentRequestId,
	grant: GrantId,
	approval: Approval,
	transaction: Included,
}

async fn approve(whose: Whose, opts: Approve, context: &mut Context<'_>) -> Result<(), Failure> {
	let (signer, client) = context.signer_and_client().await?;
	let patient = whose.account(&client).await?;
	let signer = client.acting(signer).await?;
	let approval = Approval { uses: opts.uses, until: opts.ends.moment(&client).await? };
	let (grant, transaction) = client
		.approve_request(&signer, &patient, opts.request, &approval, &*context.progress)
		.await?;
	let approved = ApprovalReport { patient, request: opts.request, grant, approval, transaction };
	if signer.account() == patient {
		context.reseals_for(&signer, &client);
	}
	context.emit(&approved, |out| {
		writeln!(
			out,
			"Approved request {}: grant {}, which the patient can revoke with `salus consent revoke`",
			approved.request, approved.grant
		)
	})
}

#[derive(Serialize)]
struct DeclineReport {
	patient: Account,
	request: ConsentRequestId,
	transaction: Included,
}

async fn decline(whose: Whose, opts: Decline, context: &mut Context<'_>) -> Result<(), Failure> {
	let (signer, client) = context.signer_and_client().await?;
	let patient = whose.account(&client).await?;
	let signer = client.acting(signer).await?;
	let transaction = client.decline_request(&signer, &patient, opts.request).await?;
	let declined = DeclineReport { patient, request: opts.request, transaction };
	if signer.account() == patient {
		context.reseals_for(&signer, &client);
	}
	context.emit(&declined, |out| writeln!(out, "Declined request {}", declined.request))
}

#[derive(Serialize)]
struct AnswerReport {
	patient: Account,
	approved: Vec<(ConsentRequestId, GrantId)>,
	declined: Vec<ConsentRequestId>,
	/// Number of keys of records in direct mode that were shared.
	wrapped: usize,
	transaction: Included,
}

async fn answer(whose: Whose, opts: AnswerMany, context: &mut Context<'_>) -> Result<(), Failure> {
	let answers = sorted_answers(&opts.approve, &opts.decline)?;
	let (signer, client) = context.signer_and_client().await?;
	let patient = whose.account(&client).await?;
	let signer = client.acting(signer).await?;
	let waiting = client.now().consent_of(&patient).await?.requests;
	let missing: Vec<_> = answers
		.iter()
		.map(|(id, _)| *id)
		.filter(|id| !waiting.iter().any(|(waiting, _)| waiting == id))
		.collect();
	if let Some(error) = not_waiting(&missing) {
		return Err(error.into());
	}
	let call = calls::consent::answer_many(patient, &answers);
	let transaction = client.submit(&signer, &call).in_block().await?.included;
	let approved = grants(&client, patient, &opts.approve, &waiting, &transaction).await?;
	// The transaction answers all requests without keys. Keys follow; only the patient has them.
	let wrapped = if signer.account() == patient && !approved.is_empty() {
		client.sync_keys(&signer, &*context.progress).await?
	} else {
		0
	};
	let answered = AnswerReport { patient, approved, declined: opts.decline, wrapped, transaction };
	if signer.account() == patient {
		context.reseals_for(&signer, &client);
	}
	context.emit(&answered, |out| {
		for (request, grant) in &answered.approved {
			writeln!(out, "Approved request {request}: grant {grant}")?;
		}
		for request in &answered.declined {
			writeln!(out, "Declined request {request}")?;
		}
		Ok(())
	})
}

/// Returns an error that names all requests that do not wait for an answer.
fn not_waiting(missing: &[ConsentRequestId]) -> Option<Error> {
	match missing {
		[] => None,
		[one] => Some(Error::NotFound(Missing::ConsentRequest(*one))),
		several => {
			let numbers: Vec<_> = several.iter().map(ConsentRequestId::to_string).collect();
			let text = format!(
				"requests {} do not wait for an answer; `salus inbox` lists those that do",
				words::list(&numbers)
			);
			Some(Error::foreseen(ErrorKind::NotFound, text))
		}
	}
}

/// Returns the answers in order of their requests.
fn sorted_answers(
	approve: &[ConsentRequestId],
	decline: &[ConsentRequestId],
) -> Result<Answers, Failure> {
	let approve = approve.iter().map(|id| (*id, Answer::Approve(Approval::default())));
	let decline = decline.iter().map(|id| (*id, Answer::Decline));
	let mut answers: Vec<_> = approve.chain(decline).collect();
	answers.sort_unstable_by_key(|(id, _)| *id);
	let is_repeated = answers.windows(2).any(|pair| matches!(pair, [(a, _), (b, _)] if a == b));
	if is_repeated {
		let error = clap::Error::raw(
			clap::error::ErrorKind::ArgumentConflict,
			"a request is named twice; answer each once\n",
		);
		return Err(error.into());
	}
	answers.try_into().map_err(|_| {
		let error = clap::Error::raw(
			clap::error::ErrorKind::TooManyValues,
			"at most 64 requests can be answered at once; use several commands\n",
		);
		error.into()
	})
}

/// Returns the grants that approvals led to, by request number.
async fn grants(
	client: &Client,
	patient: Account,
	approved: &[ConsentRequestId],
	requests: &[(ConsentRequestId, ConsentRequest<Account>)],
	transaction: &Included,
) -> Result<Vec<(ConsentRequestId, GrantId)>, Failure> {
	let view = client.at(transaction.block_hash);
	let clock = view.clock().await?;
	let after = view.consent_of(&patient).await?;
	let mut new: Vec<_> = after
		.grants
		.iter()
		.filter(|(_, grant)| grant.given == clock && grant.via.is_none())
		.collect();
	let mut found = Vec::new();
	for (id, request) in requests.iter().filter(|(id, _)| approved.contains(id)) {
		let position = new.iter().position(|(_, grant)| {
			grant.terms.grantee.account() == Some(&request.requester)
				&& grant.terms.scope == request.terms.scope
		});
		if let Some(position) = position {
			found.push((*id, new.remove(position).0));
		}
	}
	Ok(found)
}

#[cfg(test)]
mod tests {
	use super::*;

	#[test]
	fn all_requests_that_do_not_wait_are_named() {
		assert!(not_waiting(&[]).is_none());
		let error = not_waiting(&[1, 2]).unwrap();
		assert_eq!(error.kind(), ErrorKind::NotFound);
		assert!(error.to_string().starts_with("requests 1 and 2 do not"), "{error}");
	}

	#[test]
	fn answers_are_sorted_and_each_request_has_one() {
		let sorted = sorted_answers(&[5, 1], &[3]).unwrap();
		let numbers: Vec<_> = sorted.iter().map(|(id, _)| *id).collect();
		assert_eq!(numbers, [1, 3, 5]);
		assert_eq!(sorted[1].1, Answer::Decline);
		assert!(matches!(sorted_answers(&[1, 1], &[]), Err(Failure::Usage(_))));
		assert!(matches!(sorted_answers(&[1], &[1]), Err(Failure::Usage(_))));
		let many: Vec<_> = (0..65).collect();
		assert!(matches!(sorted_answers(&many, &[]), Err(Failure::Usage(_))));
		assert_eq!(sorted_answers(&many[..64], &[]).unwrap().len(), 64);
	}
}
