//! The reference for writers and recipients.

use super::*;

impl World {
	pub fn may_write(
		&self,
		author: AccountId,
		organisation: OrganisationId,
		patient: AccountId,
		category: Category,
		record: Option<RecordId>,
		now: Moment,
	) -> bool {
		let barred = self.denials.iter().any(|barred| {
			barred.patient == patient
				&& self.means(&barred.grantee, author, now)
				&& reaches(&barred.scope, category, record, None)
		});
		let granted = self.grants.iter().any(|given| {
			let by_a_membership_there =
				self.ties(author, &given.terms.grantee)
					.into_iter()
					.any(|member| {
						member.organisation == Some(organisation)
							&& member.role != Role::Patient
							&& self.live(member, now)
					});
			given.patient == patient
				&& by_a_membership_there
				&& given.terms.purposes.contains(&Purpose::TREAT)
				&& given.terms.actions.contains(&Action::Write)
				&& reaches(&given.terms.scope, category, record, None)
				&& begun(given, now)
				&& !ended(given, now)
		});
		granted && !barred
	}

	/// Every account and organisation for which an author wraps, in no order.
	pub fn recipients(
		&self,
		patient: AccountId,
		category: Category,
		record: Option<RecordId>,
		now: Moment,
	) -> Vec<Recipient<AccountId>> {
		let granted = |wanted: Grantee<AccountId>| {
			self.grants.iter().any(|given| {
				given.patient == patient
					&& given.terms.grantee == wanted
					&& given.terms.actions.contains(&Action::Read)
					&& reaches(&given.terms.scope, category, record, None)
					&& begun(given, now)
					&& !ended(given, now)
			})
		};
		let reaching_denials: Vec<_> = self
			.denials
			.iter()
			.filter(|barred| barred.patient == patient)
			.filter(|barred| reaches(&barred.scope, category, record, None))
			.collect();
		let mut accounts: Vec<_> = self.members.iter().map(|member| member.who).collect();
		accounts.sort();
		accounts.dedup();
		let accounts = accounts.into_iter().filter(|who| {
			granted(Grantee::Account(*who))
				&& self.means(&Grantee::Account(*who), *who, now)
				&& !reaching_denials
					.iter()
					.any(|barred| self.means(&barred.grantee, *who, now))
		});
		let organisations = self.organisations.iter().map(|(id, _)| *id).filter(|id| {
			let role = Role::RecordsAdmin;
			let bars = [
				Grantee::Organisation(*id),
				Grantee::Role {
					role,
					organisation: Some(*id),
				},
				Grantee::Role {
					role,
					organisation: None,
				},
			];
			granted(Grantee::Organisation(*id))
				&& self.active(*id)
				&& !reaching_denials
					.iter()
					.any(|barred| bars.contains(&barred.grantee))
		});
		accounts
			.map(Recipient::Account)
			.chain(organisations.map(Recipient::Organisation))
			.collect()
	}
}
