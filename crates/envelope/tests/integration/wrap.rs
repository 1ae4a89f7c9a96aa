//! A wrap opens only for its recipient and in its context, and only unaltered.

use proptest::prelude::*;
use salus_envelope::{
	unwrap, wrap, Binding, Dek, Error, KeyAgreementSecret, WrapContext, WrapKind, WRAP_SIZE,
};

fn context() -> WrapContext {
	WrapContext { genesis: [1; 32], kind: WrapKind::Record(crate::support::binding()) }
}

fn secret(seed: u8) -> KeyAgreementSecret {
	KeyAgreementSecret::derive(&[seed; 32], b"key 1").unwrap()
}

#[test]
fn a_wrap_opens_for_its_recipient() {
	let dek = Dek::generate().unwrap();
	let wrapped = wrap(&secret(1).public(), &context(), dek.expose()).unwrap();
	assert_eq!(wrapped.len(), WRAP_SIZE);
	let opened = Dek::from(unwrap(&secret(1), &context(), &wrapped).unwrap());
	assert_eq!(opened.expose(), dek.expose());
}

#[test]
fn a_wrap_opens_for_no_one_else() {
	let wrapped = wrap(&secret(1).public(), &context(), &[9; 32]).unwrap();
	let others = [secret(2), KeyAgreementSecret::derive(&[1; 32], b"key 2").unwrap()];
	for other in others {
		assert!(matches!(unwrap(&other, &context(), &wrapped), Err(Error::WrapRefused)));
	}
}

#[test]
fn every_part_of_the_context_counts() {
	let record = |record, version| WrapKind::Record(Binding { record, version });
	let organisation =
		|organisation, key_version| WrapKind::Organisation { organisation, key_version };
	let contexts = [
		context(),
		WrapContext { genesis: [2; 32], ..context() },
		WrapContext { kind: record([0x22; 32], 4), ..context() },
		WrapContext { kind: record([0x23; 32], 3), ..context() },
		WrapContext { kind: organisation(1, 2), ..context() },
		WrapContext { kind: organisation(2, 1), ..context() },
		WrapContext { kind: organisation(1, 1), ..context() },
		WrapContext { kind: organisation(0x22222222, 0x22222222), ..context() },
	];
	for sealed in contexts {
		let wrapped = wrap(&secret(1).public(), &sealed, &[9; 32]).unwrap();
		for opened in contexts {
			let result = unwrap(&secret(1), &opened, &wrapped);
			match result {
				Ok(key) => assert!(sealed == opened && *key == [9; 32]),
				Err(error) => {
					assert!(sealed != opened && matches!(error, Error::WrapRefused))
				}
			}
		}
	}
}

#[test]
fn every_bit_and_the_length_of_a_wrap_count() {
	let wrapped = wrap(&secret(1).public(), &context(), &[9; 32]).unwrap();
	for bit in 0..WRAP_SIZE * 8 {
		let mut altered = wrapped;
		altered[bit / 8] ^= 1 << (bit % 8);
		let result = unwrap(&secret(1), &context(), &altered);
		assert!(matches!(result, Err(Error::WrapRefused)), "bit {bit}");
	}
	for length in (0..WRAP_SIZE).chain([WRAP_SIZE + 1, 1000]) {
		let mut other = wrapped.to_vec();
		other.resize(length, 0);
		let result = unwrap(&secret(1), &context(), &other);
		assert!(matches!(result, Err(Error::WrapSize { size }) if size == length));
	}
}

#[test]
fn two_wraps_of_a_key_differ() {
	let one = wrap(&secret(1).public(), &context(), &[9; 32]).unwrap();
	let two = wrap(&secret(1).public(), &context(), &[9; 32]).unwrap();
	assert_ne!(one[..32], two[..32]);
	assert_ne!(one[32..], two[32..]);
}

/// All u-coordinates of low order (Bernstein, "May the Fourth be with you") and their other forms.
const LOW_ORDER: [&str; 7] = [
	"0000000000000000000000000000000000000000000000000000000000000000",
	"0100000000000000000000000000000000000000000000000000000000000000",
	"e0eb7a7c3b41b8ae1656e3faf19fc46ada098deb9c32b1fd866205165f49b800",
	"5f9c95bca3508c24b1d0b1559c83ef5b04445cc4581c8e86d8224eddd09f1157",
	"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
	"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
];

#[test]
fn weak_public_keys_are_refused() {
	for point in LOW_ORDER {
		let mut key: [u8; 32] = hex::decode(point).unwrap().try_into().unwrap();
		for high_bit in [0, 0x80] {
			key[31] |= high_bit;
			let result = wrap(&key, &context(), &[9; 32]);
			assert!(matches!(result, Err(Error::WeakPublicKey)), "{point}");
			// The point as the encapsulated key of a forged wrap.
			let mut forged = [0; WRAP_SIZE];
			forged[..32].copy_from_slice(&key);
			let result = unwrap(&secret(1), &context(), &forged);
			assert!(matches!(result, Err(Error::WrapRefused)), "{point}");
		}
	}
}

#[test]
fn keys_derive_from_seed_and_context() {
	assert_eq!(secret(1).public(), secret(1).public());
	assert_ne!(secret(1).public(), secret(2).public());
	let derive = |seed: &[u8], context: &[u8]| {
		KeyAgreementSecret::derive(seed, context).map(|secret| secret.public())
	};
	assert_ne!(derive(&[1; 32], b"a").unwrap(), derive(&[1; 32], b"b").unwrap());
	assert_ne!(derive(&[1; 32], b"a").unwrap(), derive(&[1; 33], b"a").unwrap());
	for size in [0, 1, 31] {
		let error = derive(&vec![1; size], b"a");
		assert!(matches!(error, Err(Error::SeedSize { size: found }) if found == size));
	}
}

#[test]
fn an_organisations_secret_travels_as_its_seed() {
	let seed = Dek::generate().unwrap();
	let kind = WrapKind::Organisation { organisation: 7, key_version: 2 };
	let context = WrapContext { genesis: [1; 32], kind };
	let wrapped = wrap(&secret(1).public(), &context, seed.expose()).unwrap();
	let received = unwrap(&secret(1), &context, &wrapped).unwrap();
	let derive = |seed: &[u8; 32]| KeyAgreementSecret::derive(seed, b"organisation 7").unwrap();
	assert_eq!(derive(&received).public(), derive(seed.expose()).public());
}

#[test]
fn debug_output_shows_nothing_of_a_key() {
	assert_eq!(format!("{:?}", Dek::from_bytes([0xab; 32])), "Dek(..)");
	assert_eq!(format!("{:?}", secret(1)), "KeyAgreementSecret(..)");
}

proptest! {
	#[test]
	fn any_bytes_are_refused_as_a_wrap(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
		prop_assert!(unwrap(&secret(1), &context(), &bytes).is_err());
	}

	#[test]
	fn any_key_travels(key in any::<[u8; 32]>(), seed in any::<[u8; 32]>()) {
		let recipient = KeyAgreementSecret::derive(&seed, b"").unwrap();
		let wrapped = wrap(&recipient.public(), &context(), &key).unwrap();
		prop_assert_eq!(*unwrap(&recipient, &context(), &wrapped).unwrap(), key);
	}
}
