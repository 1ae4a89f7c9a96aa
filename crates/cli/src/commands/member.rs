//! `salus member`: the members of an organisation and their roles.

use std::{
	path::{Path, PathBuf},
	time::Duration,
};

use clap::{ArgGroup, Args, Subcommand};
use salus_client::{
	calls, parse_account, primitives::*, words, Account, Call, Client, Entitlement, Included,
	Missing, NodeKey, Password, SignedAdmission, Signer,
};
use serde::Serialize;

use crate::{parse, show, signed, statement::Statement, Context, Failure};

#[derive(Subcommand, Debug)]
pub(crate) enum Opts {
	/// Sign your admission as a member, into a file for the admin.
	///
	/// Nobody becomes a member without signing. The file is valid for a day and holds no secret.
	Sign(Sign),
	/// Admit a member. For the organisation's admins.
	///
	/// Pass the file that the member signed (--signed) or, if the member's keystore is on this
	/// machine, its name. A node's storage account signs with its key in the node's keystore folder
	/// (--node-key).
	///
	/// Next, the member publishes a key, so that records can be sealed to them:
	/// `salus keys publish`. They can open a patient's records once the patient grants it:
	/// `salus consent grant`.
	Admit(Admit),
	/// Renew a member's credential. For the organisation's admins.
	Renew(Renew),
	/// Suspend a member for a time. For the organisation's admins.
	Suspend(Change),
	/// Lift a member's suspension. For the organisation's admins.
	Reinstate(Change),
	/// Dismiss a member. For the organisation's admins.
	///
	/// Patients cannot be dismissed: see `salus patient release`.
	Revoke(Change),
	/// End your own membership. A patient remains a patient, without a hospital.
	Leave(Leave),
	/// Attest or reject a member's credential after checking it. For the organisation's admins.
	///
	/// To open emergency cases, a practitioner needs an attestation from an administrator other
	/// than the one who admitted them.
	Attest(Attest),
	/// Show an account's memberships.
	Show(Show),
}

#[derive(Args, Debug)]
pub(crate) struct Sign {
	/// Sign for the organisation with this number.
	#[arg(long = "org", value_name = "ID")]
	organisation: OrganisationId,
	/// Apply to this role.
	#[arg(long, value_parser = parse::role())]
	role: Role,
	/// Sign as a node's storage account, with its key file in the node's keystore folder, named
	/// 73616c75….
	#[arg(long, value_name = "FILE")]
	node_key: Option<PathBuf>,
	/// Read the password of the node's keystore from this file, if it has one. As with the node's
	/// own --password-filename, the whole content is the password, including a line end.
	#[arg(long, value_name = "FILE", requires = "node_key")]
	node_password_file: Option<PathBuf>,
	/// Write the signed admission to this file [default: standard output].
	#[arg(long, value_name = "FILE")]
	out: Option<PathBuf>,
}

#[derive(Args, Debug)]
#[group(skip)]
#[command(group = ArgGroup::new("signer").required(true).args(["member", "signed", "node_key"]))]
pub(crate) struct Admit {
	/// Keystore of the member, or a development account such as //Bob.
	#[arg(value_name = "WHO")]
	member: Option<String>,
	/// Read the password of the member's keystore from the first line of this file.
	#[arg(long, value_name = "FILE", requires = "member")]
	member_password_file: Option<PathBuf>,
	/// Use the file that the member signed with `salus member sign`.
	#[arg(long, value_name = "FILE", conflicts_with_all = ["role", "organisation"])]
	signed: Option<PathBuf>,
	/// Admit a node's storage account, by its key file in the node's keystore folder, named
	/// 73616c75….
	#[arg(long, value_name = "FILE")]
	node_key: Option<PathBuf>,
	/// Read the password of the node's keystore from this file, if it has one. As with the node's
	/// own --password-filename, the whole content is the password, including a line end.
	#[arg(long, value_name = "FILE", requires = "node_key")]
	node_password_file: Option<PathBuf>,
	/// Apply to this role.
	#[arg(long, value_parser = parse::role(), required_unless_present = "signed")]
	role: Option<Role>,
	/// Act for the organisation with this number [default: the only one that you administer].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
	#[command(flatten)]
	credential: CredentialOpts,
}

#[derive(Args, Debug)]
pub(crate) struct Renew {
	#[command(flatten)]
	change: Change,
	#[command(flatten)]
	credential: CredentialOpts,
}

#[derive(Args, Debug)]
pub(crate) struct CredentialOpts {
	/// Record this credential (a licence, contract or certificate): a file, or 0x and its SHA-256.
	#[arg(long, value_name = "FILE|HASH", value_parser = parse::document)]
	credential: Option<Hash32>,
	/// Let the credential expire after this time span, such as 365d [default: never].
	#[arg(long = "for", value_name = "SPAN", value_parser = parse::duration)]
	lifetime: Option<Duration>,
	/// Set the specialty: a SNOMED CT concept of the practice setting, such as 394579002 for
	/// cardiology.
	#[arg(long, value_name = "CODE", value_parser = parse::specialty)]
	specialty: Option<Specialty>,
}

#[derive(Args, Debug)]
pub(crate) struct Leave {
	/// Apply to this role.
	#[arg(long, value_parser = parse::role())]
	role: Role,
}

#[derive(Args, Debug)]
pub(crate) struct Change {
	/// Account of the member.
	#[arg(value_parser = parse::account)]
	account: Account,
	/// Apply to this role.
	#[arg(long, value_parser = parse::role())]
	role: Role,
	/// Act for the organisation with this number [default: the only one that you administer].
	#[arg(long = "org", value_name = "ID")]
	organisation: Option<OrganisationId>,
}

#[derive(Args, Debug)]
#[command(mut_arg("reason", |arg| {
	arg.help(
		"Give this reason [default: reviewed for confirmed, credential-unverified for rejected]",
	)
}))]
pub(crate) struct Attest {
	/// Account of the member.
	#[arg(value_parser = parse::account)]
	account: Account,
	/// Apply to this role.
	#[arg(long, value_parser = parse::role())]
	role: Role,
	#[command(flatten)]
	statement: Statement,
}

#[derive(Args, Debug)]
pub(crate) struct Show {
	/// Account to show [default: the account that acts].
	#[arg(value_parser = parse::account)]
	account: Option<Account>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	match opts {
		Opts::Sign(opts) => sign(opts, context).await,
		Opts::Admit(opts) => admit(opts, context).await,
		Opts::Renew(opts) => renew(opts, context).await,
		Opts::Suspend(opts) => {
			change(opts, calls::roles::suspend_member, "suspended", context).await
		}
		Opts::Reinstate(opts) => {
			change(opts, calls::roles::reinstate_member, "reinstated", context).await
		}
		Opts::Revoke(opts) => change(opts, calls::roles::revoke_member, "dismissed", context).await,
		Opts::Leave(opts) => leave(opts, context).await,
		Opts::Attest(opts) => attest(opts, context).await,
		Opts::Show(opts) => show_member(opts, context).await,
	}
}

#[derive(Serialize)]
struct MembershipChange {
	account: Account,
	role: Role,
	organisation: OrganisationId,
	transaction: Included,
}

type ChangeCall = fn(OrganisationId, Account, Role) -> Call;

impl CredentialOpts {
	/// Returns the entitlement, with the end of its time span from now on.
	async fn entitlement(self, client: &Client) -> Result<Entitlement, Failure> {
		let expires = match self.lifetime {
			Some(lifetime) => Some(client.now().clock().await? + lifetime.as_millis() as Moment),
			None => None,
		};
		Ok(Entitlement {
			credential: self.credential.unwrap_or_default(),
			expires,
			specialty: self.specialty,
		})
	}
}

/// Reads a node's storage key.
fn read_node_key(path: &Path, password: Option<&Path>) -> Result<NodeKey, Failure> {
	let password = password.map(Password::from_whole_file).transpose()?;
	Ok(NodeKey::read(path, password.as_ref())?)
}

async fn sign(opts: Sign, context: &mut Context<'_>) -> Result<(), Failure> {
	let Sign { organisation, role, .. } = opts;
	let signed = match &opts.node_key {
		Some(path) => {
			let key = read_node_key(path, opts.node_password_file.as_deref())?;
			let client = context.client().await?;
			client.sign_admission(&key, organisation, role).await?
		}
		None => {
			let (member, client) = context.signer_and_client().await?;
			client.sign_admission(&member, organisation, role).await?
		}
	};
	let submitter = format!("an admin of organisation {organisation}");
	signed::write(&signed, opts.out, &submitter, context)
}

async fn admit(opts: Admit, context: &mut Context<'_>) -> Result<(), Failure> {
	let admin = context.signer()?;
	let signed = match (&opts.signed, opts.role) {
		(Some(path), _) => read_signed(path)?,
		(None, Some(role)) => {
			let member = open_member(&opts, &admin, context)?;
			let client = context.client().await?;
			let organisation =
				context.administered(&client, opts.organisation, &admin.account()).await?;
			match member {
				Member::Person(signer) => {
					client.sign_admission(&*signer, organisation, role).await?
				}
				Member::Node(key) => client.sign_admission(&*key, organisation, role).await?,
			}
		}
		(None, None) => return Err(Failure::Unaccepted),
	};
	let client = context.client().await?;
	let entitlement = opts.credential.entitlement(&client).await?;
	let transaction = client.admit(&admin, &signed, &entitlement).await?;
	let result = MembershipChange {
		account: signed.account,
		role: signed.role,
		organisation: signed.organisation,
		transaction,
	};
	let next = next_step(&result, &context.as_who());
	emit(&result, "admitted", next, context)
}

/// Returns what to do after an admission; `who` names the admin for a command.
fn next_step(admitted: &MembershipChange, who: &str) -> Option<String> {
	let MembershipChange { account, organisation, .. } = admitted;
	match admitted.role {
		Role::Practitioner | Role::InsurerAgent | Role::Researcher => Some(
			"Next, they publish their key: salus keys publish\nIf no grant covers a record yet, they ask the patient for one: \
			salus request add"
				.into(),
		),
		Role::RecordsAdmin => Some(format!(
			"Next, they publish their key: salus keys publish\nThen share the organisation's key with them: \
			salus org share-key {organisation} --to {account}{who}"
		)),
		Role::Patient | Role::Auditor | Role::Device | Role::StorageNode => None,
	}
}

/// Future member, whose secret is on this machine.
enum Member {
	Person(Box<Signer>),
	Node(Box<NodeKey>),
}

/// Opens the future member, by the key file or the keystore that the options name.
fn open_member(opts: &Admit, admin: &Signer, context: &Context<'_>) -> Result<Member, Failure> {
	if let Some(path) = &opts.node_key {
		let key = read_node_key(path, opts.node_password_file.as_deref())?;
		return Ok(Member::Node(Box::new(key)));
	}
	let who = opts.member.as_deref().ok_or(Failure::Unaccepted)?;
	if let Ok(account) = parse_account(who) {
		if account == admin.account() {
			return Ok(Member::Person(Box::new(admin.clone())));
		}
		// An address alone cannot sign.
		if !who.starts_with("//") {
			return Err(Failure::Unaccepted);
		}
	}
	let password = opts.member_password_file.as_deref();
	let signer = context.load(who, password, "--member-password-file")?;
	Ok(Member::Person(Box::new(signer)))
}

fn read_signed(path: &Path) -> Result<SignedAdmission, Failure> {
	signed::read(
		path,
		"the file is not a signed admission; the member creates one with `salus member sign`",
	)
}

async fn renew(opts: Renew, context: &mut Context<'_>) -> Result<(), Failure> {
	let client = context.client().await?;
	let Entitlement { credential, expires, specialty } =
		opts.credential.entitlement(&client).await?;
	let call = move |organisation, account, role| {
		calls::roles::renew_member(organisation, account, role, credential, expires, specialty)
	};
	submit(&client, opts.change, call, "renewed", context).await
}

#[derive(Serialize)]
struct DepartureReport {
	account: Account,
	role: Role,
	transaction: Included,
}

async fn leave(opts: Leave, context: &mut Context<'_>) -> Result<(), Failure> {
	let (member, client) = context.signer_and_client().await?;
	let role = opts.role;
	let transaction = client.submit(&member, &calls::roles::leave(role)).in_block().await?.included;
	let left = DepartureReport { account: member.account(), role, transaction };
	context.emit(&left, |out| match role {
		Role::Patient => {
			writeln!(out, "{} remains a patient, without a hospital", left.account)
		}
		_ => writeln!(out, "{} is no longer {}", left.account, words::one(words::role(role))),
	})
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

/// Submits a change of a membership as an admin of its organisation, and reports it.
async fn submit(
	client: &Client,
	opts: Change,
	call: impl FnOnce(OrganisationId, Account, Role) -> Call,
	done: &str,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let admin = context.signer()?;
	let Change { account, role, organisation } = opts;
	let organisation = context.administered(client, organisation, &admin.account()).await?;
	let transaction =
		client.submit(&admin, &call(organisation, account, role)).in_block().await?.included;
	let result = MembershipChange { account, role, organisation, transaction };
	emit(&result, done, None, context)
}

/// Writes what was done to a membership, and what comes next.
fn emit(
	result: &MembershipChange,
	done: &str,
	next: Option<String>,
	context: &mut Context<'_>,
) -> Result<(), Failure> {
	let MembershipChange { account, role, organisation, .. } = result;
	let role = words::one(words::role(*role));
	context.emit(result, |out| {
		writeln!(out, "{account} {done} as {role} of organisation {organisation}")?;
		match &next {
			Some(next) => writeln!(out, "{next}"),
			None => Ok(()),
		}
	})
}

#[derive(Serialize)]
struct AttestationReport {
	account: Account,
	role: Role,
	/// None if the statement was revoked.
	verdict: Option<Verdict>,
	transaction: Included,
}

async fn attest(opts: Attest, context: &mut Context<'_>) -> Result<(), Failure> {
	opts.statement.check()?;
	let (attester, client) = context.signer_and_client().await?;
	let Attest { account, role, statement } = opts;
	let subject = Subject::Credential { account, role };
	let rejects = ReasonCode::CredentialUnverified;
	let call = statement.call(&client, &attester, &subject, rejects).await?;
	let transaction = client.submit(&attester, &call).in_block().await?.included;
	let attested = AttestationReport { account, role, verdict: statement.verdict(), transaction };
	context.emit(&attested, |out| {
		let done = statement.done();
		let role = words::one(words::role(role));
		writeln!(out, "{done} the credential of {account} as {role}")
	})
}

#[derive(Serialize)]
struct MemberReport {
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
	let shown = MemberReport {
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
		let key = shown.key.map_or("none".into(), |key| format!("version {}", key.version));
		let mut pairs = vec![("account", account.to_string()), ("key", key)];
		for id in &shown.administers {
			pairs.push(("administers", format!("organisation {id}")));
		}
		show::pairs(out, &pairs)?;
		let rows: Vec<_> = shown.memberships.iter().map(membership_row).collect();
		let head = ["role", "organisation", "status", "since", "expires", "specialty"];
		show::table(out, &head, &rows)
	})
}

fn membership_row(info: &MemberInfo) -> Vec<String> {
	let MemberInfo { role, member, live } = info;
	let status = match (member.status, *live) {
		(MemberStatus::Active, true) => "active",
		(MemberStatus::Active, false) => "active, but not live now",
		(MemberStatus::Suspended, _) => "suspended",
		(MemberStatus::Revoked, _) => "dismissed",
	};
	vec![
		words::role(*role).into(),
		member.organisation.map_or("-".into(), |id| id.to_string()),
		status.into(),
		show::moment(member.since),
		member.expires.map_or("-".into(), show::moment),
		member.specialty.map_or("-".into(), |code| code.to_string()),
	]
}
