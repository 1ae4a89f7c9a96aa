//! Pending items in a state of the chain, from the runtime API.

use std::collections::BTreeMap;

use salus_primitives::{api::SalusApi, OrganisationKind, MAX_PAGE};
use salus_runtime::{opaque::Block, AccountId, Hash};
use sp_api::ApiError;

use super::tally::Pending;

/// Returns the releases that lack shares, and the undecided emergency cases.
pub fn on_state<Api: SalusApi<Block, AccountId>>(api: &Api, at: Hash) -> Result<Pending, ApiError> {
	let mut releases = Vec::new();
	let mut from = 0;
	loop {
		let page = api.open_releases(at, from, MAX_PAGE)?;
		let lacking = page.iter().filter(|release| release.shares < release.threshold);
		releases.extend(lacking.map(|release| release.request));
		match page.last() {
			Some(last) if page.len() >= MAX_PAGE as usize => from = last.request.saturating_add(1),
			_ => break,
		}
	}
	let mut reviews = BTreeMap::new();
	let mut from = 0;
	loop {
		let page = api.organisations(at, from, MAX_PAGE)?;
		for organisation in page.items {
			// Only hospitals have cases.
			if organisation.kind == OrganisationKind::Hospital {
				let due = api.reviews_due(at, organisation.id)?;
				reviews.extend(due.into_iter().map(|(case, details)| (case, details.review_by)));
			}
		}
		match page.next {
			Some(next) => from = next,
			None => break,
		}
	}
	Ok(Pending { releases, reviews })
}

#[cfg(test)]
mod tests {
	use super::*;
	use salus_primitives::{
		Basis, CaseId, CaseStatus, EmergencyCase, EmergencyReason, OrganisationId,
		OrganisationInfo, OrganisationStatus, Page, Purpose, RecordId, Release, RequestId,
	};
	use sp_api::{ApiRef, ProvideRuntimeApi};

	/// Chain with more releases than fit a page, where every second one has all its shares, and
	/// with two organisations, where only the hospital has a case.
	#[derive(Clone)]
	struct TestChain;

	const RELEASES: RequestId = 600;

	fn who() -> AccountId {
		AccountId::new([1; 32])
	}

	fn release(request: RequestId) -> Release<AccountId> {
		Release {
			request,
			patient: who(),
			index: 0,
			entry: [0; 32],
			reader: who(),
			record: RecordId([0; 32]),
			version: 1,
			purpose: Purpose::TREAT,
			reader_key: [0; 32],
			basis: Basis::Patient,
			epoch: 1,
			threshold: 3,
			shares: 2 + (request % 2) as u32,
			expires: 0,
		}
	}

	fn organisation(id: OrganisationId, kind: OrganisationKind) -> OrganisationInfo<AccountId> {
		OrganisationInfo {
			id,
			kind,
			status: OrganisationStatus::Active,
			admins: vec![who()],
			profile: [0; 32],
			key: None,
		}
	}

	fn case(review_by: u64) -> EmergencyCase<AccountId> {
		EmergencyCase {
			patient: who(),
			opener: who(),
			organisation: 1,
			reason: EmergencyReason::Other,
			statement: [0; 32],
			opened: 0,
			until: 0,
			review_by,
			auditor: None,
			admin: None,
			status: CaseStatus::Open,
		}
	}

	impl ProvideRuntimeApi<Block> for TestChain {
		type Api = Self;

		fn runtime_api(&self) -> ApiRef<'_, Self> {
			self.clone().into()
		}
	}

	sp_api::mock_impl_runtime_apis! {
		impl SalusApi<Block, AccountId> for TestChain {
			fn open_releases(from: RequestId, limit: u32) -> Vec<Release<AccountId>> {
				(from.max(1)..=RELEASES).take(limit as usize).map(release).collect()
			}

			fn organisations(from: u32, limit: u32) -> Page<OrganisationInfo<AccountId>> {
				assert_eq!(limit, MAX_PAGE);
				let (item, next) = match from {
					0 => (organisation(1, OrganisationKind::Hospital), Some(1)),
					_ => (organisation(2, OrganisationKind::Laboratory), None),
				};
				Page { items: vec![item], next, total: 2 }
			}

			fn reviews_due(organisation: OrganisationId) -> Vec<(CaseId, EmergencyCase<AccountId>)> {
				assert_eq!(organisation, 1, "only hospitals have cases");
				vec![(4, case(60_000))]
			}
		}
	}

	#[test]
	fn all_pages_are_read_and_only_pending_items_count() {
		let pending = on_state(&*TestChain.runtime_api(), Hash::zero()).unwrap();
		let lacking: Vec<RequestId> = (1..=RELEASES).filter(|request| request % 2 == 0).collect();
		assert_eq!(pending.releases, lacking);
		assert_eq!(pending.reviews, BTreeMap::from([(4, 60_000)]));
	}
}
