//! Errors of the pallet.

// `#[import_section]` in `lib.rs` pastes this into `mod pallet`, whose imports apply here.
#![allow(unused_imports)]

use frame_support::pallet_macros::pallet_section;

#[pallet_section]
mod errors {
	/// Reasons for which a call is refused.
	#[pallet::error]
	#[derive(PartialEq, Eq, Clone)]
	pub enum Error<T> {
		/// There is no such epoch on this chain yet. Follow the finalised chain.
		UnknownEpoch,
		/// The epoch has no member with this index. Check the index.
		UnknownMember,
		/// The epoch has not reached this phase. Try again later.
		TooEarly,
		/// This phase of the epoch has ended, or the epoch was abandoned or superseded.
		TooLate,
		/// The member already made this statement, and the first one counts; or an epoch is already
		/// forming.
		AlreadySaid,
		/// Another member already announced this key. Generate another one.
		KeyTaken,
		/// The member announced no key in time, so it holds no share. Ask for a new epoch.
		NoKey,
		/// The excluded members include the caller or a member without a dealing, or leave fewer
		/// than the threshold.
		InvalidExclusion,
		/// The member's dealing was invalid, so its shares are not accepted. Wait for the next
		/// epoch, which another member, the council or the schedule opens.
		Excluded,
		/// The member holds no share of the key that the epoch takes over, so it cannot deal.
		NoShare,
		/// The account is not a validator of this session, or is to leave. Name validators that
		/// take part.
		NotValidator,
		/// An account or a hospital is elected more than once. Name one validator of each hospital.
		OneEach,
		/// The elected validators are fewer than four, or than the minimum if that is lower. Name
		/// more of them.
		TooFew,
	}
}
