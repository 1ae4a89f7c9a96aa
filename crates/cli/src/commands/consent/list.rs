//! `salus consent list`.

use clap::Args;
use salus_client::{words, Account};

use crate::{parse, show, Context, Failure};

#[derive(Args, Debug)]
pub(crate) struct Opts {
	/// Whose [default: of who acts].
	#[arg(long, value_name = "ACCOUNT", value_parser = parse::account)]
	patient: Option<Account>,
}

pub(crate) async fn run(opts: Opts, context: &mut Context<'_>) -> Result<(), Failure> {
	let patient = match opts.patient {
		Some(patient) => patient,
		None => context.account()?,
	};
	let client = context.client().await?;
	let consent = client.now().consent_of(&patient).await?;
	context.emit(&consent, |out| {
		if consent.grants.is_empty() && consent.denials.is_empty() {
			return writeln!(out, "{patient} has given no grant and no denial");
		}
		let mut rows: Vec<_> = consent
			.grants
			.iter()
			.map(|(id, grant)| {
				let terms = &grant.terms;
				let actions: Vec<_> = terms
					.actions
					.iter()
					.map(|action| words::action(*action))
					.collect();
				let purposes: Vec<_> = terms
					.purposes
					.iter()
					.map(|code| format!("{code:?}"))
					.collect();
				vec![
					format!("grant {id}"),
					words::grantee(&terms.grantee),
					actions.join(", "),
					words::scope(&terms.scope),
					purposes.join(", "),
					show::moment(terms.from.unwrap_or(grant.given)),
					terms.until.map_or("-".into(), show::moment),
				]
			})
			.collect();
		rows.extend(consent.denials.iter().map(|(id, denial)| {
			vec![
				format!("denial {id}"),
				words::grantee(&denial.grantee),
				"nothing".into(),
				words::scope(&denial.scope),
				"-".into(),
				show::moment(denial.given),
				"-".into(),
			]
		}));
		show::table(
			out,
			&["number", "who", "may", "what", "for", "from", "until"],
			&rows,
		)
	})
}
