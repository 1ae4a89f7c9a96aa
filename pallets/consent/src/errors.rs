//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Errors of the calls.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is not a patient. Enrol at a hospital, or without one.
		NotPatient,
		/// The grantee is the patient, who needs no grant and cannot be denied. Name somebody else.
		Oneself,
		/// Patients can be grantees by account only, not by their role. Name the account.
		PatientRole,
		/// The organisation is not registered or, for a grant, not active. Check its number.
		UnknownOrganisation,
		/// A set of categories, purposes or actions is empty. Name at least one of each.
		EmptySet,
		/// The grant would end before it begins, or has already ended. Choose an end after the
		/// beginning and after now.
		InvalidPeriod,
		/// The scope names a record that was never registered. Check its identifier.
		UnknownRecord,
		/// The scope names a record of another patient. Only that patient decides about it.
		NotYourRecord,
		/// The scope names an erased record, which can no longer be opened. Choose another scope.
		RecordErased,
		/// The scope names a version that the record does not have. Versions count from 1 to the
		/// latest.
		UnknownVersion,
		/// The patient has the maximum number of grants, and all are in force. Revoke some that are
		/// no longer needed.
		TooManyGrants,
		/// The patient has the maximum number of denials. Lift some that are no longer needed, or
		/// deny more broadly.
		TooManyDenials,
		/// The patient has no such grant: it never existed or was revoked. List the grants.
		UnknownGrant,
		/// The caller has no such denial: it never existed or was lifted. List the denials.
		UnknownDenial,
		/// The grant would permit no uses. Set at least one, or leave the number out for unlimited
		/// uses.
		NoUses,
		/// The condition does not evaluate to one value, is too deep, or names an impossible time
		/// of day. See the documentation of `Expression`.
		MalformedCondition,
		/// The patient has the maximum number of guardians. Dismiss one first.
		TooManyGuardians,
		/// The account is already a guardian of the patient. To change its scope, dismiss it first.
		AlreadyGuardian,
		/// The caller has no such guardian. List the guardians.
		UnknownGuardian,
		/// The account is not a live patient. Check the account.
		UnknownPatient,
		/// The caller or requester has no live membership. Ask the organisation to admit, reinstate
		/// or renew it.
		NotMember,
		/// The maximum number of requests to this patient is waiting: of this requester, of their
		/// organisation, or in total. Withdraw one, or wait.
		TooManyRequests,
		/// The patient has no such request: it never existed, was answered or withdrawn, or has
		/// expired. For `withdraw`, it may also be another requester's.
		UnknownRequest,
		/// The caller is neither the patient nor a guardian who may answer this request. A guardian
		/// may answer a read-only request within their scope and purposes that is not their own.
		NotAuthorized,
		/// The approval would last longer than requested. Set an earlier end, or none.
		BeyondRequest,
		/// Only the patient can provide wrapped keys. Leave them out.
		WrapsByGuardian,
		/// The patient has the maximum number of rules. Remove one first.
		TooManyRules,
		/// The caller has no such rule. List the rules.
		UnknownRule,
		/// The caller may not pass this grant on: it does not permit sharing, was itself passed on,
		/// does not apply to the caller now, or covers something that the patient denies the
		/// caller.
		NotShareable,
		/// The new grant is wider than its parent, or would permit sharing again. Narrow the terms.
		BeyondParent,
		/// The maximum number of the patient's grants is passed on. Ask the patient to revoke some.
		TooManyShared,
		/// Breaking the glass (BTG) requires an emergency case: no grant, request or guardian's
		/// appointment may name it. Leave that purpose out.
		BreaksTheGlass,
		/// The account has no such membership, or it was revoked. Check role and organisation, or
		/// grant to the person.
		UnknownMember,
		/// Rules and guardians gave the maximum number of grants: to this requester, to their
		/// organisation, or in total. Ask the patient to answer, or to revoke some.
		TooManyAnswered,
	}
}
