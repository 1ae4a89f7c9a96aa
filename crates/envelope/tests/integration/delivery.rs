//! A share opens only for its reader, its member and its release, and only unaltered.

use proptest::prelude::*;
use salus_envelope::{Delivery, Error, KeyAgreementSecret, DELIVERY_OVERHEAD};

const DELIVERY: Delivery = Delivery { release: [7; 32], member: 3 };

fn secret(seed: u8) -> KeyAgreementSecret {
	KeyAgreementSecret::derive(&[seed; 32], b"one-time").unwrap()
}

fn refused(delivery: &Delivery, secret: &KeyAgreementSecret, sealed: &[u8]) -> bool {
	matches!(delivery.open(secret, sealed), Err(Error::ShareRefused))
}

#[test]
fn a_share_opens_for_its_reader() {
	let sealed = DELIVERY.seal(&secret(1).public(), b"a share").unwrap();
	assert_eq!(sealed.len(), 7 + DELIVERY_OVERHEAD);
	assert_eq!(*DELIVERY.open(&secret(1), &sealed).unwrap(), b"a share");
}

#[test]
fn a_share_opens_for_no_other_reader_release_or_member() {
	let sealed = DELIVERY.seal(&secret(1).public(), b"a share").unwrap();
	assert!(refused(&DELIVERY, &secret(2), &sealed));
	let other_release = Delivery { release: [8; 32], ..DELIVERY };
	let other_member = Delivery { member: 4, ..DELIVERY };
	assert!(refused(&other_release, &secret(1), &sealed));
	assert!(refused(&other_member, &secret(1), &sealed));
}

#[test]
fn nothing_is_sealed_to_a_weak_key() {
	let mut one = [0; 32];
	one[0] = 1;
	for weak in [[0; 32], one] {
		let result = DELIVERY.seal(&weak, b"a share");
		assert!(matches!(result, Err(Error::WeakPublicKey)));
	}
}

#[test]
fn two_generated_secrets_differ() {
	let [a, b] = [(); 2].map(|()| KeyAgreementSecret::generate().unwrap().public());
	assert_ne!(a, b);
}

#[test]
fn a_share_sealed_in_the_past_still_opens() {
	let sealed = include_str!("../vectors/delivery.hex");
	let sealed = hex::decode(sealed.trim()).unwrap();
	assert_eq!(*DELIVERY.open(&secret(1), &sealed).unwrap(), b"a share");
}

proptest! {
	#[test]
	fn an_altered_or_cut_share_is_refused(at in 0..55usize, bit in 0..8u8, length in 0..55usize) {
		let sealed = DELIVERY.seal(&secret(1).public(), b"a share").unwrap();
		// X25519 ignores the top bit of a public key; the key schedule takes the bytes unchanged.
		let mut altered = sealed.clone();
		altered[at] ^= 1 << bit;
		prop_assert!(refused(&DELIVERY, &secret(1), &altered));
		prop_assert!(refused(&DELIVERY, &secret(1), &sealed[..length]));
	}
}
