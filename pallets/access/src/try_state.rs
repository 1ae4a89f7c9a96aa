//! Invariants of the whole state.

use crate::*;
use alloc::{
	collections::{BTreeMap, BTreeSet},
	vec::Vec,
};
use frame_support::{
	ensure,
	traits::{fungible::InspectHold, Get},
};
use salus_primitives::{
	CaseId, CaseStatus, Decision, EmergencyCase, Hash32, LogEvent, RequestId, MAX_COMMITTEE,
};
use sp_runtime::{traits::Saturating, TryRuntimeError};

/// Decision of each logged request that is not archived, with the head of the log after its entry.
type Answers = BTreeMap<RequestId, (Hash32, Decision)>;

impl<T: Config> Pallet<T> {
	/// Checks the logs against their heads, the releases against the logs, the cases against their
	/// lists, and the bonds against the amounts held.
	pub fn do_try_state() -> Result<(), TryRuntimeError> {
		let answers = Self::check_logs()?;
		Self::check_releases(&answers)?;
		Self::check_limits()?;
		Self::check_cases()?;
		Self::check_reviews()?;
		Self::check_auditors()?;
		Self::check_bonds()
	}

	fn check_logs() -> Result<Answers, TryRuntimeError> {
		let mut entries = BTreeMap::<_, BTreeMap<u32, _>>::new();
		for (patient, index, entry) in Entries::<T>::iter() {
			ensure!(Heads::<T>::contains_key(&patient), "a log has entries but no head");
			entries.entry(patient).or_default().insert(index, entry);
		}
		let mut answers = Answers::new();
		let mut total = 0u64;
		for (patient, log) in Heads::<T>::iter() {
			total = total.saturating_add(log.count.into());
			let entries = entries.remove(&patient).unwrap_or_default();
			ensure!(log.count > 0, "an empty log has a row");
			ensure!(log.archived <= log.count, "a log has more archived entries than entries");
			ensure!(
				entries.keys().copied().eq(log.archived..log.count),
				"a log's entries are not those after the archived ones"
			);
			ensure!(
				(log.archived == 0) == (log.archived_head == Hash32::default()),
				"a log's archived head does not match the number of archived entries"
			);
			let (mut head, mut block, mut at) = (log.archived_head, 0, 0);
			for (index, entry) in entries {
				ensure!(entry.index == index, "an entry's index is not its place in the log");
				ensure!(
					entry.block >= block && entry.at >= at,
					"a log's entries are not in order of time"
				);
				(block, at) = (entry.block, entry.at);
				head = entry.extend(&head);
				if let LogEvent::Requested { request, decision, .. } = entry.event {
					ensure!(
						(1..=RequestCount::<T>::get()).contains(&request),
						"a logged request's number has not been assigned yet"
					);
					ensure!(
						answers.insert(request, (head, decision)).is_none(),
						"a request is logged twice"
					);
				}
			}
			ensure!(head == log.head, "a log's head is not the hash over its entries");
		}
		ensure!(
			total == TotalEntries::<T>::get(),
			"the number of entries in all logs differs from the count"
		);
		Ok(answers)
	}

	fn check_releases(answers: &Answers) -> Result<(), TryRuntimeError> {
		let (cleared, last) = (Cleared::<T>::get(), RequestCount::<T>::get());
		ensure!(cleared <= last, "requests are cleared that were never made");
		let mut shares = BTreeMap::<RequestId, u32>::new();
		for (request, member) in Shares::<T>::iter_keys() {
			ensure!(Releases::<T>::contains_key(request), "a share has no release");
			ensure!(
				(1..=MAX_COMMITTEE).contains(&u32::from(member)),
				"a share's member number is out of range"
			);
			let count = shares.entry(request).or_default();
			*count = count.saturating_add(1);
		}
		for (request, release) in Releases::<T>::iter() {
			ensure!(release.request == request, "a release is stored under another number");
			ensure!(
				cleared < request && request <= last,
				"a release's number is cleared, or has not been assigned yet"
			);
			let ended = release.expires <= Self::now();
			let archived = Heads::<T>::get(&release.patient).archived > release.index;
			ensure!(!archived || ended, "the entry of an open release is archived");
			ensure!(
				archived
					|| answers.get(&request)
						== Some(&(release.entry, Decision::Permit(release.basis))),
				"a release does not rest on a logged permit"
			);
			ensure!(
				release.shares == shares.get(&request).copied().unwrap_or_default(),
				"a release's share count is not the number of its shares"
			);
			ensure!(release.threshold > 0, "a release needs no shares");
			ensure!(
				PermittedOf::<T>::get(&release.reader).iter().any(|open| {
					open.request == request
						&& open.reader_key == release.reader_key
						&& open.expires == release.expires
				}) || ended,
				"an open release is missing from its reader's list"
			);
		}
		Ok(())
	}

	/// Checks the lists that keep readers and clinicians within their limits.
	fn check_limits() -> Result<(), TryRuntimeError> {
		for (_, open) in PermittedOf::<T>::iter() {
			ensure!(
				open.is_sorted_by(
					|one, next| one.request < next.request && one.expires <= next.expires
				),
				"a reader's permitted requests are not in order"
			);
			let keys: BTreeSet<_> = open.iter().map(|permitted| permitted.reader_key).collect();
			ensure!(keys.len() == open.len(), "a one-time key is used twice");
			ensure!(
				open.iter().all(|permitted| permitted.request <= RequestCount::<T>::get()),
				"a permitted request's number has not been assigned yet"
			);
		}
		for (_, denials) in DenialsOf::<T>::iter() {
			ensure!(
				denials.is_sorted_by_key(|(_, at)| *at),
				"a reader's denials are not in order of time"
			);
		}
		for (_, usage) in DenialUsages::<T>::iter() {
			ensure!(
				usage.used <= T::DenialQuota::get(),
				"more denials are used than the quota allows"
			);
		}
		let clinicians = OpeningsOf::<T>::iter().all(|(_, openings)| openings.is_sorted());
		let hospitals = OpeningsFor::<T>::iter().all(|(_, openings)| openings.is_sorted());
		let admins = OpeningsUnder::<T>::iter().all(|(_, openings)| openings.is_sorted());
		ensure!(
			clinicians && hospitals && admins,
			"a clinician's openings are not in order of time"
		);
		Ok(())
	}

	fn check_cases() -> Result<(), TryRuntimeError> {
		let (mut of, mut waiting, mut latest) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
		let cases: BTreeMap<CaseId, _> = Cases::<T>::iter().collect();
		for (id, case) in &cases {
			ensure!(
				(1..=CaseCount::<T>::get()).contains(id),
				"a case's number has not been assigned yet"
			);
			Self::check_case(*id, case)?;
			of.entry(case.patient.clone()).or_insert_with(Vec::new).push(*id);
			if case.status == CaseStatus::Open {
				waiting.entry(case.organisation).or_insert_with(Vec::new).push(*id);
			}
			latest.insert((case.patient.clone(), case.opener.clone()), *id);
		}
		let listed = CasesOf::<T>::iter().map(|(patient, ids)| (patient, ids.into_inner()));
		ensure!(
			listed.collect::<BTreeMap<_, _>>() == of,
			"the patients' lists are not their cases in order"
		);
		let queued = Unreviewed::<T>::iter().map(|(id, ids)| (id, ids.into_inner()));
		ensure!(
			queued.collect::<BTreeMap<_, _>>() == waiting,
			"the queues are not the open cases in order"
		);
		Self::check_latest_cases(&cases, latest)
	}

	/// Checks the listed latest cases against those that are kept, by patient and opener. A latest
	/// case can be forgotten before an earlier one, which opens nothing then and is not listed.
	fn check_latest_cases(
		cases: &BTreeMap<CaseId, EmergencyCase<T::AccountId>>,
		mut latest: BTreeMap<(T::AccountId, T::AccountId), CaseId>,
	) -> Result<(), TryRuntimeError> {
		for (patient, opener, id) in LatestCase::<T>::iter() {
			ensure!(
				latest.remove(&(patient, opener)) == Some(id),
				"a listed latest case is not the latest one"
			);
		}
		let now = Self::now();
		let open =
			|id: &CaseId| cases.get(id).is_some_and(|case| Self::opens_records(*id, case, now));
		ensure!(
			!latest.values().any(open),
			"a case that opens records is not listed as the latest"
		);
		Ok(())
	}

	fn check_case(id: CaseId, case: &EmergencyCase<T::AccountId>) -> Result<(), TryRuntimeError> {
		let verdict = |review: &Option<(T::AccountId, bool)>| review.as_ref().map(|(_, yes)| *yes);
		let (auditor, admin) = (verdict(&case.auditor), verdict(&case.admin));
		let fits = match Reviews::<T>::get(id) {
			Some(review) => {
				let yes = review.votes.iter().filter(|vote| vote.justified).count();
				let no = review.votes.len().saturating_sub(yes);
				let against = no.saturating_add(usize::from(admin == Some(false)));
				match case.status {
					CaseStatus::Open => against < 2 && (yes <= no || admin != Some(true)),
					CaseStatus::Justified => {
						against < 2 && yes > no && (admin == Some(true) || yes >= 2)
					}
					CaseStatus::Rejected => against == 2,
				}
			}
			// A case older than the introduction of panels.
			None => match case.status {
				CaseStatus::Open => {
					auditor != Some(false)
						&& admin != Some(false)
						&& (auditor, admin).ne(&(Some(true), Some(true)))
				}
				CaseStatus::Justified => auditor == Some(true) && admin == Some(true),
				CaseStatus::Rejected => (auditor == Some(false)) != (admin == Some(false)),
			},
		};
		ensure!(fits, "a case's status does not follow from its reviews");
		let reviewers: Vec<_> = [&case.auditor, &case.admin]
			.into_iter()
			.filter_map(|review| review.as_ref().map(|(by, _)| by))
			.collect();
		ensure!(!reviewers.contains(&&case.opener), "a case was reviewed by its opener");
		ensure!(
			case.auditor.is_none() || case.admin.is_none() || reviewers.first() != reviewers.last(),
			"a case was reviewed twice by the same account"
		);
		ensure!(
			case.opened < case.until && case.until <= case.review_by,
			"a case's times are not in order"
		);
		if case.status != CaseStatus::Rejected && Self::now() < case.until {
			ensure!(
				RunningUntil::<T>::get(case.organisation).is_none_or(|until| case.until <= until),
				"a case opens records for longer than its hospital's bond is kept"
			);
		}
		Ok(())
	}

	/// Checks that each vote comes from an auditor of a different organisation, none of them the
	/// hospital's; that a case names the first of them; and that lots are kept for open cases only.
	fn check_reviews() -> Result<(), TryRuntimeError> {
		let mut lots = BTreeMap::new();
		for (id, review) in Reviews::<T>::iter() {
			let Some(case) = Cases::<T>::get(id) else {
				return Err("a review has no case".into());
			};
			let mut organisations = BTreeSet::from([case.organisation]);
			for vote in &review.votes {
				ensure!(
					organisations.insert(vote.organisation),
					"an organisation has two votes, or the hospital votes as an auditor"
				);
				ensure!(
					vote.auditor != case.opener && vote.auditor != case.patient,
					"a case was reviewed by its opener or its patient"
				);
			}
			let first = review.votes.first();
			ensure!(
				case.auditor == first.map(|vote| (vote.auditor.clone(), vote.justified)),
				"a case does not name the first auditor's review"
			);
			let let_in = |who: &T::AccountId| {
				review.vouchers.as_ref().is_none_or(|vouchers| vouchers.contains(who))
			};
			ensure!(
				!case.admin.as_ref().is_some_and(|(who, _)| let_in(who)),
				"an administrator reviewed a case of somebody they vouched for"
			);
			if let (Some(block), CaseStatus::Open) = (review.lot, case.status) {
				let count = lots.entry(block).or_insert(0u32);
				*count = count.saturating_add(1);
			}
		}
		let kept = Lots::<T>::iter().map(|(block, lot)| (block, lot.cases));
		ensure!(
			kept.collect::<BTreeMap<_, _>>() == lots,
			"the lots are not those of the open cases"
		);
		Ok(())
	}

	fn check_auditors() -> Result<(), TryRuntimeError> {
		let auditors = Auditors::<T>::get();
		let accounts: BTreeSet<_> = auditors.iter().map(|auditor| &auditor.account).collect();
		ensure!(accounts.len() == auditors.len(), "an auditor is appointed twice");
		ensure!(
			auditors.is_sorted_by_key(|auditor| auditor.since),
			"the auditors are not in order of appointment"
		);
		Ok(())
	}

	fn check_bonds() -> Result<(), TryRuntimeError> {
		let mut held = BTreeMap::<_, BalanceOf<T>>::new();
		for (_, bond) in Bonds::<T>::iter() {
			ensure!(bond.amount > BalanceOf::<T>::default(), "an empty bond has a row");
			let sum = held.entry(bond.depositor).or_default();
			*sum = sum.saturating_add(bond.amount);
		}
		for (depositor, sum) in held {
			ensure!(
				T::Currency::balance_on_hold(&HoldReason::EmergencyBond.into(), &depositor) == sum,
				"a bond is not what is held for it"
			);
		}
		Ok(())
	}
}
