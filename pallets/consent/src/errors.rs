//! Why calls are refused.

// A section of the pallet, pasted into its module: what is imported there is imported here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Why a call is refused.
	#[pallet::error]
	pub enum Error<T> {
		/// The caller is no patient, or one whose membership is suspended, revoked or expired. Enrol, or ask the enrolling
		/// hospital to reinstate or renew the membership.
		NotPatient,
		/// The grantee is the patient themself, who needs no grant and cannot be denied. Name someone else.
		Oneself,
		/// Patients can be grantees by account only, not by their role. Name the account.
		PatientRole,
		/// The organisation is not registered, or (for a grant) not active. Check its number.
		UnknownOrganisation,
		/// A set of categories, purposes or actions is empty. Name at least one of each.
		EmptySet,
		/// The grant would end before it begins, or has ended already. Choose an end after the beginning and after now.
		InvalidPeriod,
		/// The scope names a record that was never registered. Check its identifier.
		UnknownRecord,
		/// The scope names a record of another patient. Only that patient decides about it.
		NotYourRecord,
		/// The scope names a record that was erased. Nothing of it can be opened any more.
		RecordErased,
		/// The scope names a version that the record does not have. Versions count from 1 to the latest.
		UnknownVersion,
		/// The patient has as many grants as the chain allows, and all are in force. Revoke needless ones first.
		TooManyGrants,
		/// The patient has as many denials as the chain allows. Lift needless ones, or deny more broadly.
		TooManyDenials,
		/// The caller has no such grant: it never existed or was revoked. List the grants.
		UnknownGrant,
		/// The caller has no such denial: it never existed or was lifted. List the denials.
		UnknownDenial,
		/// The grant would be for no uses. Name at least one, or none for any number.
		NoUses,
		/// The condition does not evaluate to one value, is too deep, or names an impossible time of day. See the
		/// documentation of `Expression`.
		MalformedCondition,
		/// The patient has as many guardians as the chain allows. Dismiss one first.
		TooManyGuardians,
		/// The account is a guardian of the patient. Dismiss it first to change its scope.
		AlreadyGuardian,
		/// The caller has no such guardian. List the guardians.
		UnknownGuardian,
		/// The account named is no live patient. Check it.
		UnknownPatient,
		/// The caller has no live membership. Ask the organisation to admit, reinstate or renew it.
		NotMember,
		/// As many requests wait for this patient's answer, of this requester or of all, as the chain allows. Withdraw one,
		/// or wait.
		TooManyRequests,
		/// The patient has no such request: it never was, was answered or withdrawn, or has expired. For `withdraw`: or it
		/// is another's.
		UnknownRequest,
		/// The caller is neither the patient nor a guardian to whom this request may be left: one in whose scope and
		/// purposes it lies, for reading only, and who is not the requester.
		NotAuthorized,
		/// The approval would last longer than was asked for. Name an earlier end, or none.
		BeyondRequest,
		/// Wrapped keys come from the patient only. Leave them out.
		WrapsByGuardian,
		/// The patient has as many rules as the chain allows. Remove one first.
		TooManyRules,
		/// The caller has no such rule. List the rules.
		UnknownRule,
		/// The caller may not pass on this grant: it does not permit sharing, was itself passed on, does not hold for the
		/// caller now, or the patient denies the caller what would be shared.
		NotShareable,
		/// What would be passed on is wider than the grant, or would permit to share again. Narrow the terms.
		BeyondParent,
		/// As many grants are passed on of this patient's as the chain allows. The patient revokes needless ones.
		TooManyShared,
		/// Breaking the glass (BTG) takes an emergency case: it is not granted, asked for, or left to a guardian. Leave that
		/// purpose out.
		BreaksTheGlass,
		/// The account has no such membership, or one that was revoked. Check role and organisation, or grant to the person.
		UnknownMember,
		/// As many grants by rules and guardians stand as the chain allows, to this requester, to its organisation or in all.
		/// The patient answers, or revokes needless ones.
		TooManyAnswered,
	}
}
