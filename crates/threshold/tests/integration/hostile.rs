//! Untrusted bytes: always an error, never a panic.

use crate::support::*;
use proptest::prelude::*;
use salus_threshold::*;

fn share() -> (Release<'static>, Vec<u8>) {
	let release = Release::new(&committee().public, sealed(), &context()).unwrap();
	let share = release.share(&committee().shares[0]).unwrap().to_vec();
	(release, share)
}

#[test]
fn a_share_with_a_flipped_bit_is_refused() {
	let (release, share) = share();
	for bit in 0..SHARE_SIZE * 8 {
		assert!(release.verify(1, &flipped(&share, bit)).is_err(), "bit {bit}");
	}
}

#[test]
fn a_sealed_key_with_a_flipped_bit_is_refused() {
	let bytes = sealed().to_bytes();
	for bit in 0..SEALED_KEY_SIZE * 8 {
		let accepted = SealedKey::from_bytes(&flipped(&bytes, bit)).and_then(|sealed| {
			sealed.verify(&committee().public, &BINDING).map(|()| sealed.epoch())
		});
		// The number of a later epoch, which could have the same key.
		let is_later = accepted.as_ref().is_ok_and(|epoch| *epoch > committee().public.epoch());
		assert!(accepted.is_err() || is_later && (8..40).contains(&bit), "bit {bit}");
	}
}

#[test]
fn truncated_or_extended_bytes_are_refused() {
	let committee = committee();
	let (release, share) = share();
	for size in (0..SHARE_SIZE).chain([SHARE_SIZE + 1]) {
		assert!(release.verify(1, &resized(&share, size)).is_err());
	}
	let key = sealed().to_bytes();
	for size in (0..SEALED_KEY_SIZE).chain([SEALED_KEY_SIZE + 1]) {
		assert!(SealedKey::from_bytes(&resized(&key, size)).is_err());
	}
	let dealing = &committee.dealings[0];
	for size in (0..dealing.len()).step_by(7).chain([dealing.len() + 1, 1 << 20]) {
		assert!(verify_dealing(&committee.parameters, 1, &resized(dealing, size)).is_err());
	}
	let public = committee.public.to_bytes();
	for size in (0..public.len()).chain([public.len() + 1]) {
		assert!(EpochPublic::from_bytes(&resized(public, size)).is_err());
	}
	for size in (0..SECRET_SIZE).chain([SECRET_SIZE + 1]) {
		assert!(SecretShare::from_bytes(&resized(&*committee.shares[0].to_bytes(), size)).is_err());
		assert!(DealingSecret::from_bytes(&resized(
			&*committee.dealing_secrets[0].to_bytes(),
			size
		))
		.is_err());
	}
}

fn resized(bytes: &[u8], size: usize) -> Vec<u8> {
	let mut bytes = bytes.to_vec();
	bytes.resize(size, 0);
	bytes
}

#[test]
fn invalid_keys_are_refused() {
	assert!(MemberSecret::from_bytes(&[0; 32]).is_err());
	assert!(MemberSecret::from_bytes(&[0xff; 32]).is_err());
	assert!(MemberSecret::from_bytes(&[1; 31]).is_err());
	assert!(MemberIdentity::from_bytes(&[0; 33]).is_err());
	assert!(MemberIdentity::from_bytes(&[0xff; 33]).is_err());
	assert!(MemberIdentity::from_bytes(&[1; 32]).is_err());
	// Every identity has a unique encoding.
	let identity = committee().secrets[0].identity().to_bytes();
	for bit in 0..identity.len() * 8 {
		if let Ok(other) = MemberIdentity::from_bytes(&flipped(&identity, bit)) {
			assert_ne!(other, committee().secrets[0].identity());
		}
	}
}

#[test]
fn a_public_key_with_a_flipped_bit_never_passes_unnoticed() {
	let public = committee().public.to_bytes();
	for bit in 0..public.len() * 8 {
		if let Ok(other) = EpochPublic::from_bytes(&flipped(public, bit)) {
			assert_ne!(other.digest(), committee().public.digest());
			// Only digests that members vouch for may change unnoticed; altered points do not
			// match.
			assert!(bit / 8 < 1 + 32 + 4 + 5 * 32 + 4, "bit {bit}");
		}
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..Default::default() })]

	#[test]
	fn a_dealing_with_a_flipped_bit_is_refused_and_blamed(
		at in any::<prop::sample::Index>(),
		member in 1u16..=4,
	) {
		let dealing = &committee().dealings[usize::from(member) - 1];
		let altered = flipped(dealing, at.index(dealing.len() * 8));
		let error = verify_dealing(&committee().parameters, member, &altered).unwrap_err();
		prop_assert_eq!(error.member, member);
	}
}

proptest! {
	#![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..Default::default() })]

	#[test]
	fn arbitrary_bytes_are_refused(mut bytes in prop::collection::vec(any::<u8>(), 0..4_096)) {
		let (release, _) = share_once();
		for format in [None, Some(FORMAT_VERSION)] {
			if let (Some(format), Some(first)) = (format, bytes.first_mut()) {
				*first = format;
			}
			prop_assert!(release.verify(1, &bytes).is_err());
			prop_assert!(SealedKey::from_bytes(&bytes).is_err());
			prop_assert!(verify_dealing(&committee().parameters, 1, &bytes).is_err());
			prop_assert!(EpochPublic::from_bytes(&bytes).is_err());
			// Bytes in the keystore are authenticated by their encryption: any scalars of the right
			// size pass.
			let _ = (SecretShare::from_bytes(&bytes), DealingSecret::from_bytes(&bytes));
		}
	}

	#[test]
	fn shares_altered_in_many_places_are_refused(
		places in prop::collection::vec((any::<prop::sample::Index>(), 1u8..), 1..8),
	) {
		let (release, share) = share_once();
		let mut altered = share.clone();
		for (at, mask) in places {
			altered[at.index(SHARE_SIZE)] ^= mask;
		}
		prop_assert!(&altered == share || release.verify(1, &altered).is_err());
	}
}

fn share_once() -> &'static (Release<'static>, Vec<u8>) {
	static SHARE: std::sync::OnceLock<(Release<'static>, Vec<u8>)> = std::sync::OnceLock::new();
	SHARE.get_or_init(share)
}
