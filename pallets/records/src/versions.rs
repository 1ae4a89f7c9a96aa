//! Versions: adding them, and changing them and their state.

use super::*;
use sp_runtime::traits::SaturatedConversion;

impl<T: Config> Pallet<T> {
	/// Inserts a checked version. The caller counts it as pending.
	pub(crate) fn add_version(
		id: RecordId,
		version: Version,
		author: &T::AccountId,
		organisation: OrganisationId,
		content: Content,
		wraps: NewWraps<T::AccountId>,
		now: Moment,
	) {
		Self::use_root(&content.root, RootUse { record: id, version });
		let info = VersionInfo {
			content,
			author: author.clone(),
			organisation,
			block: Self::block(),
			registered: now,
			state: VersionState::Pending,
			replicas: 0,
			wraps: wraps.len() as u32,
		};
		Versions::<T>::insert(id, version, info);
		for (recipient, wrap) in wraps {
			Wraps::<T>::insert((id, version, recipient), wrap);
		}
	}

	/// Moves a version to a state and keeps the count of pending versions. The caller inserts the
	/// version.
	pub(crate) fn set_state(
		record: &RecordId,
		version: Version,
		info: &mut VersionInfo<T::AccountId>,
		state: VersionState,
	) {
		if info.state == state {
			return;
		}
		Status::<T>::mutate(|status| {
			if info.state == VersionState::Pending {
				status.pending = status.pending.saturating_sub(1);
			}
			if state == VersionState::Pending {
				status.pending = status.pending.saturating_add(1);
			}
		});
		info.state = state;
		Self::deposit_event(Event::StateChanged { record: *record, version, state });
	}

	/// Changes a version if it exists.
	pub(crate) fn mutate_version(
		id: &RecordId,
		version: Version,
		change: impl FnOnce(&mut VersionInfo<T::AccountId>),
	) {
		Versions::<T>::mutate(id, version, |info| {
			if let Some(info) = info {
				change(info);
			}
		});
	}

	pub(crate) fn block() -> u32 {
		frame_system::Pallet::<T>::block_number().saturated_into()
	}
}
