//! Reference for authors and recipients.

use super::{scopes::reaches, *};

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
		let barred = self.denials.iter().any(|denial| {
			denial.patient == patient
				&& self.bars(&denial.grantee, author, now)
				&& reaches(&denial.scope, category, record, None)
		});
		let confidentiality =
			record.and_then(|id| self.filed(id)).map(|filed| filed.confidentiality);
		let setting = Setting {
			patient,
			actor: author,
			purposes: vec![Purpose::TREAT],
			categories: Some(vec![category]),
			confidentiality,
			now,
		};
		// Conditions and limits apply only to memberships at that organisation.
		let there = self.with_member_at(author, organisation);
		let parent_holds = |given: &GrantRow| match given.via {
			None => true,
			Some((parent, sharer)) => self.grants.iter().any(|other| {
				other.patient == patient
					&& other.id == parent
					&& begun(other, now)
					&& !ended(other, now)
					&& !used_up(other, None)
					&& there
						.met(
							&other.terms.condition,
							there.ties(author, &given.terms.grantee, given.at, Action::Write),
							&setting,
						)
						.0 && self.means(&other.terms.grantee, other.at, Action::Share, sharer, now)
					&& !self.denials.iter().any(|denial| {
						denial.patient == patient
							&& self.bars(&denial.grantee, sharer, now)
							&& reaches(&denial.scope, category, record, None)
					})
			}),
		};
		let granted = self.grants.iter().any(|given| {
			let by_a_membership_there = self
				.ties(author, &given.terms.grantee, given.at, Action::Write)
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
				&& !used_up(given, None)
				&& there
					.met(
						&given.terms.condition,
						there.ties(author, &given.terms.grantee, given.at, Action::Write),
						&setting,
					)
					.0 && parent_holds(given)
		});
		granted && !barred
	}

	/// Returns a world in which the author's memberships at the organisation are the only ones.
	fn with_member_at(&self, author: AccountId, organisation: OrganisationId) -> World {
		let there = |member: &Membership| {
			member.who == author
				&& member.organisation == Some(organisation)
				&& member.role != Role::Patient
		};
		World {
			now: self.now,
			members: self.members.iter().filter(|member| there(member)).cloned().collect(),
			organisations: self.organisations.clone(),
			kinds: self.kinds.clone(),
			cases: self.cases.clone(),
			..Default::default()
		}
	}

	/// Returns every account and organisation for which an author wraps, in no particular order.
	pub fn recipients(
		&self,
		patient: AccountId,
		category: Category,
		record: Option<RecordId>,
		now: Moment,
	) -> Vec<Recipient<AccountId>> {
		let granted = |is_wanted: &dyn Fn(&GrantRow) -> bool| {
			self.grants.iter().any(|given| {
				given.patient == patient
					&& is_wanted(given)
					&& given.terms.actions.contains(&Action::Read)
					&& given.terms.uses.is_none()
					&& given.terms.condition.is_none()
					&& given.via.is_none()
					&& reaches(&given.terms.scope, category, record, None)
					&& begun(given, now)
					&& !ended(given, now)
			})
		};
		let reaching_denials: Vec<_> = self
			.denials
			.iter()
			.filter(|denial| denial.patient == patient)
			.filter(|denial| reaches(&denial.scope, category, record, None))
			.collect();
		let mut accounts: Vec<_> = self.members.iter().map(|member| member.who).collect();
		accounts.sort();
		accounts.dedup();
		let accounts = accounts.into_iter().filter(|who| {
			granted(&|given| {
				given.terms.grantee.account() == Some(who)
					&& self.means(&given.terms.grantee, given.at, Action::Read, *who, now)
			}) && !reaching_denials.iter().any(|denial| self.bars(&denial.grantee, *who, now))
		});
		let organisations = self.organisations.iter().map(|(id, _)| *id).filter(|id| {
			let role = Role::RecordsAdmin;
			let bars = [
				Grantee::Organisation(*id),
				Grantee::CareTeam(*id),
				Grantee::Role { role, organisation: Some(*id) },
				Grantee::Role { role, organisation: None },
			];
			let to = [Grantee::Organisation(*id), Grantee::CareTeam(*id)];
			granted(&|given| to.contains(&given.terms.grantee))
				&& self.active(*id)
				&& !reaching_denials.iter().any(|denial| bars.contains(&denial.grantee))
		});
		accounts.map(Recipient::Account).chain(organisations.map(Recipient::Organisation)).collect()
	}
}
