//! `salus member`: who belongs to an organisation, and as what.

use std::time::Duration;

use clap::{Args, Subcommand};
use salus_client::{calls, primitives::*, words, Account, Call, Client, Included, Missing};
use serde::Serialize;

use crate::{parse, show, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Admit a member. By an admin of the organisation.
	Admit(Admit),
	/// Renew a member's credential. By an admin of the organisation.
	Renew(Admit),
	/// Suspend a member for a time. By an admin of the organisation.
	Suspend(Change),
	/// Lift a member's suspension. By an admin of the organisation.
	Reinstate(Change),
	/// Dismiss a member for good. By an admin of the organisation.
	Revoke(Change),
	/// State, as an admin of the organisation, that you checked a member's credential.
	Attest(Attest),
	/// Show what an account is a member of.
	Show(Show),
}

#[derive(Args, Debug)]
pub(crate) struct Admit {
	#[command(flatten)]
	change: Change,
	/// The credential (a licence, a contract, a certificate): a file, or 0x and its SHA-256.
	#[arg(long, value_name = "FILE|HASH", value_parser = parse::document)]
	credential: Option<Hash32>,
	/// For how long the credential holds, such as 365d [default: without end].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// What they practise: a SNOMED CT concept of the practice setting, such as 394579002 for cardiology.
	#[arg(long, value_name = "CODE")]
	specialty: Option<Specialty>,
}

#[derive(Args, Debug)]
pub(crate) struct Change {
	/// The member.
	#[arg(value_parser = parse::account)]
	account: Account,
	/// In which role.
	#[arg(long, value_parser = parse::role())]
	role: Role,
	/// Number of the organisation [default: the only one that you administer].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
}

#[derive(Args, Debug)]
pub(crate) struct Attest {
	/// The member.
	#[arg(value_parser = parse::account)]
	account: Account,
	/// In which role.
	#[arg(long, value_parser = parse::role())]
	role: Role,
	/// What you state.
	#[arg(long, default_value = "confirmed", value_parser = parse::verdict())]
	verdict: Verdict,
	/// Why [default: reviewed for confirmed, credential-unverified for rejected].
	#[arg(long, value_parser = parse::reason())]
	reason: Option<ReasonCode>,
	/// For how long the statement holds, such as 365d [default: without end].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// Take your statement back instead.
	#[arg(long, conflicts_with_all = ["verdict", "reason", "lifetime"])]
	revoke: bool,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// The account [default: who acts].
	#[arg(value_parser = parse::account)]
	account: Option<Account>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Admit(opts) => {
			credential(opts, calls::roles::admit_member, "admitted", context).await
		}
		Opts::Renew(opts) => credential(opts, calls::roles::renew_member, "renewed", context).await,
		Opts::Suspend(opts) => {
			change(opts, calls::roles::suspend_member, "suspended", context).await
		}
		Opts::Reinstate(opts) => {
			change(opts, calls::roles::reinstate_member, "reinstated", context).await
		}
		Opts::Revoke(opts) => change(opts, calls::roles::revoke_member, "dismissed", context).await,
		Opts::Attest(opts) => attest(opts, context).await,
		Opts::Show(opts) => show_member(opts, context).await,
	}
}

#[derive(Serialize)]
struct Changed {
	account: Account,
	role: Role,
	organisation: OrganisationId,
	transaction: Included,
}

type CredentialCall =
	fn(OrganisationId, Account, Role, Hash32, Option<Moment>, Option<Specialty>) -> Call;
type ChangeCall = fn(OrganisationId, Account, Role) -> Call;

async fn credential(
	opts: Admit,
	call: CredentialCall,
	done: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let client = context.client().await?;
	let expires = match opts.lifetime {
		Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
		None => None,
	};
	let credential = opts.credential.unwrap_or_default();
	let specialty = opts.specialty;
	let call = move |organisation, account, role| {
		call(organisation, account, role, credential, expires, specialty)
	};
	submit(&client, opts.change, call, done, context).await
}

async fn change(
	opts: Change,
	call: ChangeCall,
	done: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let client = context.client().await?;
	submit(&client, opts, call, done, context).await
}

async fn submit(
	client: &Client,
	opts: Change,
	call: impl FnOnce(OrganisationId, Account, Role) -> Call,
	done: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let admin = context.signer()?;
	let Change {
		account,
		role,
		organisation,
	} = opts;
	let organisation = context
		.administered(client, organisation, &admin.account())
		.await?;
	let transaction = client
		.submit(&admin, &call(organisation, account, role))
		.await?;
	let result = Changed {
		account,
		role,
		organisation,
		transaction,
	};
	context.emit(&result, |out| {
		let role = words::role(role);
		writeln!(
			out,
			"{account} {done} as {role} of organisation {organisation}"
		)
	})
}

#[derive(Serialize)]
struct Attested {
	account: Account,
	role: Role,
	/// None if it was taken back.
	verdict: Option<Verdict>,
	transaction: Included,
}

async fn attest(opts: Attest, context: &mut Context<'_>) -> Result<(), Failure> {
	let attester = context.signer()?;
	let client = context.client().await?;
	let Attest { account, role, .. } = opts;
	let subject = Subject::Credential { account, role };
	let call = if opts.revoke {
		calls::attestation::revoke(&subject, attester.account())
	} else {
		let expires = match opts.lifetime {
			Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
			None => None,
		};
		let reason = opts.reason.unwrap_or(match opts.verdict {
			Verdict::Confirmed => ReasonCode::Reviewed,
			Verdict::Rejected => ReasonCode::CredentialUnverified,
		});
		calls::attestation::attest(&subject, opts.verdict, reason, expires)
	};
	let transaction = client.submit(&attester, &call).await?;
	let attested = Attested {
		account,
		role,
		verdict: (!opts.revoke).then_some(opts.verdict),
		transaction,
	};
	context.emit(&attested, |out| {
		let done = match attested.verdict {
			Some(Verdict::Confirmed) => "Confirmed",
			Some(Verdict::Rejected) => "Rejected",
			None => "Took the statement back on",
		};
		let role = words::role(role);
		writeln!(out, "{done} the credential of {account} as {role}")
	})
}

#[derive(Serialize)]
struct Shown {
	account: Account,
	memberships: Vec<MemberInfo>,
	key: Option<KeyAgreementKey>,
	administers: Vec<OrganisationId>,
}

async fn show_member(opts: Show, context: &mut Context<'_>) -> Result<(), Failure> {
	let account = match opts.account {
		Some(account) => account,
		None => context.account()?,
	};
	let client = context.client().await?;
	let all = client.now().organisations().await?;
	let shown = Shown {
		account,
		memberships: client.now().memberships(&account).await?,
		key: client.now().key(&Recipient::Account(account)).await?,
		administers: all
			.iter()
			.filter(|info| info.admins.contains(&account))
			.map(|info| info.id)
			.collect(),
	};
	if shown.memberships.is_empty() && shown.administers.is_empty() {
		return Err(salus_client::Error::NotFound(Missing::Member(account)).into());
	}
	context.emit(&shown, |out| {
		let key = shown
			.key
			.map_or("none".into(), |key| format!("version {}", key.version));
		let mut pairs = vec![("account", account.to_string()), ("key", key)];
		for id in &shown.administers {
			pairs.push(("administers", format!("organisation {id}")));
		}
		show::pairs(out, &pairs)?;
		let rows: Vec<_> = shown
			.memberships
			.iter()
			.map(|info| {
				let status = match (info.member.status, info.live) {
					(MemberStatus::Active, true) => "active",
					(MemberStatus::Active, false) => "active, but does not count now",
					(MemberStatus::Suspended, _) => "suspended",
					(MemberStatus::Revoked, _) => "dismissed",
				};
				vec![
					words::role(info.role).into(),
					info.member
						.organisation
						.map_or("-".into(), |id| id.to_string()),
					status.into(),
					show::moment(info.member.since),
					info.member.expires.map_or("-".into(), show::moment),
					info.member
						.specialty
						.map_or("-".into(), |code| code.to_string()),
				]
			})
			.collect();
		let head = [
			"role",
			"organisation",
			"status",
			"since",
			"expires",
			"specialty",
		];
		show::table(out, &head, &rows)
	})
}
