//! Names, indices and bytes that clients rely on. If you change one of these on purpose, raise
//! `transaction_version` or keep the old one.

use frame_support::traits::{GetCallIndex, GetCallName, PalletsInfoAccess};
use salus_runtime::{
	apis::RUNTIME_API_VERSIONS, AllPalletsWithSystem, Runtime, RuntimeCall, TxExtension, VERSION,
};
use sp_runtime::traits::TransactionExtension;

fn calls<C: GetCallName + GetCallIndex>() -> Vec<(u8, &'static str)> {
	C::get_call_indices().iter().copied().zip(C::get_call_names().iter().copied()).collect()
}

#[test]
fn pallets_keep_their_names_and_indices() {
	let pallets: Vec<_> =
		AllPalletsWithSystem::infos().iter().map(|info| (info.index, info.name)).collect();
	assert_eq!(
		pallets,
		[
			(0, "System"),
			(1, "Timestamp"),
			(2, "Aura"),
			(3, "Grandpa"),
			(4, "Balances"),
			(5, "TransactionPayment"),
			(7, "Utility"),
			(8, "Council"),
			(9, "Upgrades"),
			(10, "Validators"),
			(11, "Session"),
			(12, "Historical"),
			(13, "Authorship"),
			(14, "Offences"),
			(15, "AuthorityDiscovery"),
			(16, "Migrations"),
			(20, "Roles"),
			(21, "Records"),
			(22, "Attestation"),
			(23, "Consent"),
			(24, "Access"),
			(25, "Committee"),
			(26, "Succession"),
		]
	);
}

#[test]
fn calls_of_roles_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_roles::Call<Runtime>>(),
		[
			(0, "register_organisation"),
			(1, "suspend_organisation"),
			(2, "reinstate_organisation"),
			(3, "set_admins"),
			(4, "admit_member"),
			(5, "renew_member"),
			(6, "suspend_member"),
			(7, "reinstate_member"),
			(8, "revoke_member"),
			(9, "enrol_patient"),
			(10, "enrol"),
			(11, "rotate_key"),
			(12, "set_organisation_key"),
			(13, "share_organisation_key"),
			(14, "admit_accepted"),
			(15, "leave"),
			(16, "release_patient"),
		]
	);
}

#[test]
fn calls_of_validators_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_validators::Call<Runtime>>(),
		[
			(0, "add"),
			(1, "remove"),
			(2, "replace"),
			(3, "assign"),
			(4, "represent"),
			(5, "set_minimum"),
			(6, "agree"),
			(7, "object"),
			(8, "confirm"),
			(9, "appoint"),
		]
	);
}

#[test]
fn calls_of_records_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_records::Call<Runtime>>(),
		[
			(0, "register"),
			(1, "register_many"),
			(2, "revise"),
			(3, "confirm_stored"),
			(4, "erase"),
			(5, "confirm_removed"),
			(6, "add_wraps"),
			(7, "remove_wraps"),
			(8, "withdraw_replica"),
			(9, "reseal"),
			(10, "announce"),
			(11, "retire_replicas"),
			(12, "set_absence_limit"),
			(13, "set_peer"),
			(14, "withdraw"),
		]
	);
}

#[test]
fn calls_of_attestation_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_attestation::Call<Runtime>>(),
		[(0, "attest"), (1, "revoke"), (2, "set_threshold")]
	);
}

#[test]
fn calls_of_consent_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_consent::Call<Runtime>>(),
		[
			(0, "grant"),
			(1, "revoke"),
			(2, "deny"),
			(3, "lift"),
			(4, "set_emergency_opt_out"),
			(5, "appoint_guardian"),
			(6, "dismiss_guardian"),
			(7, "request"),
			(8, "withdraw"),
			(9, "approve"),
			(10, "decline"),
			(11, "answer_many"),
			(12, "set_rule"),
			(13, "remove_rule"),
			(14, "share"),
			(15, "set_emergency_summary_closed"),
		]
	);
}

#[test]
fn calls_of_access_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_access::Call<Runtime>>(),
		[
			(0, "request"),
			(1, "archive"),
			(2, "open_emergency"),
			(3, "review_emergency"),
			(4, "forget_case"),
			(5, "deposit_bond"),
			(6, "withdraw_bond"),
			(7, "appoint_auditor"),
			(8, "dismiss_auditor"),
			(9, "reinstate_clinician"),
			(10, "request_in_emergency"),
			(11, "request_from"),
		]
	);
}

#[test]
fn calls_of_committee_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_committee::Call<Runtime>>(),
		[
			(0, "announce"),
			(1, "deal"),
			(2, "confirm"),
			(3, "submit_share"),
			(4, "rejoin"),
			(5, "renew"),
			(6, "elect"),
		]
	);
}

#[test]
fn calls_of_succession_keep_their_names_and_indices() {
	assert_eq!(
		calls::<pallet_succession::Call<Runtime>>(),
		[
			(1, "approve"),
			(2, "object"),
			(3, "withdraw"),
			(4, "complete"),
			(5, "set_threshold"),
			(6, "let_hospital"),
			(7, "act"),
			(8, "propose_accepted"),
		]
	);
}

#[test]
fn transactions_carry_only_what_common_wallets_fill_in() {
	let names: Vec<_> = <TxExtension as TransactionExtension<RuntimeCall>>::metadata()
		.iter()
		.map(|extension| extension.identifier)
		.collect();
	assert_eq!(
		names,
		[
			"AuthorizeCall",
			"CheckNonZeroSender",
			"CheckSpecVersion",
			"CheckTxVersion",
			"CheckGenesis",
			"CheckMortality",
			"CheckNonce",
			"CheckWeight",
			"ChargeTransactionPayment",
			"CheckMetadataHash",
			"WeightReclaim",
		]
	);
}

#[test]
fn metadata_is_served_in_the_versions_that_clients_request() {
	for version in [14, 15, 16] {
		assert!(Runtime::metadata_at_version(version).is_some(), "version {version}");
	}
}

#[test]
fn the_version_names_salus_and_lists_its_api() {
	assert_eq!(VERSION.spec_name, "salus");
	// The id of a runtime API is the hash of its name.
	let id = sp_crypto_hashing::blake2_64(b"SalusApi");
	assert!(RUNTIME_API_VERSIONS.iter().any(|(api, version)| *api == id && *version == 3));
}
