//! Grants an account read access to all records for treatment, checks the grant, and revokes it.
//!
//! With the node of `scripts/quickstart`:
//!
//! ```sh
//! SALUS_AS=//Patient cargo run -p salus-client --example grant_and_revoke -- //DoctorB
//! ```

mod common;

use std::env;

use salus_client::{
	parse_account,
	primitives::{Action, GrantTerms, Grantee, Purpose, Scope},
	words, GrantState,
};

#[tokio::main]
async fn main() -> common::Result<()> {
	let Some(reader) = env::args().nth(1) else {
		return Err("usage: grant_and_revoke ACCOUNT".into());
	};
	let client = common::connect().await?;
	let patient = common::signer()?;
	let progress = common::progress();

	let terms = GrantTerms {
		// In each of the account's current capacities, for as long as it has them.
		grantee: Grantee::Account(parse_account(&reader)?),
		scope: Scope::Everything,
		purposes: vec![Purpose::TREAT].try_into().map_err(|_| "too many purposes")?,
		actions: vec![Action::Read].try_into().map_err(|_| "too many actions")?,
		from: None,
		until: None,
		uses: None,
		condition: None,
	};
	// The keys of direct versions are wrapped with the grant; hospitals release guarded ones.
	let granted = client.grant(&patient, &terms, &*progress).await?;
	println!("grant {} to {}", granted.grant, words::grantee(&terms.grantee));

	let consent = client.now().consent_of(&patient.account()).await?;
	let states = client.grant_states(&consent).await?;
	if states.contains(&(granted.grant, GrantState::Holds)) {
		println!("grant {} is in force", granted.grant);
	}

	let revoked = client.revoke(&patient, granted.grant, &*progress).await?;
	let keys = words::count(revoked.removed, "wrapped key", "wrapped keys");
	println!("grant {} is revoked, {keys} removed", revoked.id);
	Ok(())
}
