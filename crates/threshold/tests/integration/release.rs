//! Sealing, shares and combining, on the committee of the vectors (n = 4, t = 3).

use crate::support::*;
use salus_threshold::*;

fn release(context: &ReleaseContext) -> Release<'static> {
	Release::new(&committee().public, sealed(), context).unwrap()
}

#[test]
fn any_three_of_four_shares_open_the_key() {
	let release = release(&context());
	let shares = shares(&release);
	for absent in 1..=4 {
		let present = named(&shares).filter(|(member, _)| *member != absent);
		let opened = release.combine(present).unwrap();
		assert_eq!(*opened.dek, DEK);
		assert!(opened.bad.is_empty());
	}
	assert_eq!(*release.combine(named(&shares)).unwrap().dek, DEK);
}

#[test]
fn too_few_shares_do_not_open_and_report_how_many_are_missing() {
	let release = release(&context());
	let shares = shares(&release);
	for count in 0..3 {
		match release.combine(named(&shares).take(count)) {
			Err(CombineError::Waiting { missing, bad }) => {
				assert_eq!(missing, 3 - count);
				assert!(bad.is_empty());
			}
			other => panic!("{count} shares: {other:?}"),
		}
	}
	let error = release.combine(named(&shares).take(2)).unwrap_err();
	assert_eq!(error.to_string(), "waiting for 1 more hospital");
}

#[test]
fn one_share_given_three_times_counts_once() {
	let release = release(&context());
	let share = release.share(&committee().shares[0]).unwrap();
	let thrice = [(1, &share[..]); 3];
	assert!(matches!(release.combine(thrice), Err(CombineError::Waiting { missing: 2, .. })));
	// Two different good shares of one member still count once.
	let again = release.share(&committee().shares[0]).unwrap();
	assert_ne!(share, again);
	assert!(matches!(
		release.combine([(1, &share[..]), (1, &again[..]), (1, &share[..])]),
		Err(CombineError::Waiting { missing: 2, .. })
	));
}

#[test]
fn shares_of_two_requests_do_not_combine() {
	let ours = release(&context());
	let theirs = release(&ReleaseContext { log_entry: [9; 32], ..context() });
	let mut mixed = shares(&ours);
	mixed.truncate(2);
	mixed.push(shares(&theirs)[2].clone());
	for (release, blame) in [(&ours, vec![3]), (&theirs, vec![1, 2])] {
		match release.combine(named(&mixed)) {
			Err(CombineError::Waiting { missing, bad }) => {
				assert_eq!(blamed(&bad), blame);
				assert_eq!(missing, blame.len());
			}
			other => panic!("{other:?}"),
		}
	}
}

#[test]
fn a_share_is_refused_under_every_other_context() {
	let share = release(&context()).share(&committee().shares[1]).unwrap();
	let other_contexts = [
		ReleaseContext { log_entry: [9; 32], ..context() },
		ReleaseContext { reader_key: [9; 32], ..context() },
		ReleaseContext { purpose: 5, ..context() },
		ReleaseContext { expiry: 1_001, ..context() },
	];
	for other in other_contexts {
		assert_proof_refused(&release(&other), 2, &share);
	}
	assert!(release(&context()).verify(2, &share).is_ok());
}

#[test]
fn a_share_is_refused_for_every_other_sealed_key() {
	let public = &committee().public;
	let share = release(&context()).share(&committee().shares[1]).unwrap();
	let bindings = [
		Binding { record: [9; 32], ..BINDING },
		Binding { version: 4, ..BINDING },
		// The same record version, sealed again.
		BINDING,
	];
	for binding in bindings {
		let sealed = public.seal(&DEK, &binding).unwrap();
		let context = ReleaseContext { binding, ..context() };
		let release = Release::new(public, &sealed, &context).unwrap();
		assert_proof_refused(&release, 2, &share);
	}
}

fn assert_proof_refused(release: &Release, member: MemberIndex, share: &[u8]) {
	match release.verify(member, share) {
		Err(VerifyError::Share(error)) => {
			let fault = ShareFault::Proof;
			assert_eq!(error, ShareError { member, fault });
		}
		other => panic!("{other:?}"),
	}
}

#[test]
fn a_sealed_key_moved_to_another_record_gets_no_share() {
	let moved = ReleaseContext { binding: Binding { record: [9; 32], ..BINDING }, ..context() };
	let good = release(&context());
	let share = good.share(&committee().shares[0]).unwrap();
	let release = release(&moved);
	assert!(matches!(release.share(&committee().shares[0]), Err(Error::SealedKeyRefused)));
	assert!(matches!(
		release.verify(1, &share),
		Err(VerifyError::SealedKey(Error::SealedKeyRefused))
	));
	assert!(matches!(
		release.combine(named(&shares(&good))),
		Err(CombineError::SealedKey(Error::SealedKeyRefused))
	));
	assert!(sealed().verify(&committee().public, &BINDING).is_ok());
	assert!(sealed().verify(&committee().public, &moved.binding).is_err());
}

#[test]
fn a_release_of_another_chain_is_refused() {
	let other = ReleaseContext { genesis: [9; 32], ..context() };
	assert!(matches!(Release::new(&committee().public, sealed(), &other), Err(Error::OtherChain)));
}

#[test]
fn one_bad_share_of_four_is_blamed_and_the_key_opens() {
	let release = release(&context());
	let good = shares(&release);
	for member in 1..=4u16 {
		let at = usize::from(member) - 1;
		// One bit altered; of another member; too short; empty.
		let mut altered = good[at].1.clone();
		altered[SHARE_SIZE - 30] ^= 1;
		let other = good[(at + 1) % 4].1.clone();
		let short = good[at].1[..SHARE_SIZE - 1].to_vec();
		for bad in [altered, other, short, Vec::new()] {
			let mut shares = good.clone();
			shares[at].1 = bad;
			let opened = release.combine(named(&shares)).unwrap();
			assert_eq!(*opened.dek, DEK);
			assert_eq!(blamed(&opened.bad), [member]);
		}
	}
}

#[test]
fn a_forged_share_does_not_displace_a_members_good_one() {
	let release = release(&context());
	let mut shares = shares(&release);
	shares.truncate(3);
	let mut forged = shares[0].1.clone();
	forged[SHARE_SIZE - 30] ^= 1;
	shares.insert(0, (1, forged));
	let opened = release.combine(named(&shares)).unwrap();
	assert_eq!(*opened.dek, DEK);
	assert_eq!(blamed(&opened.bad), [1]);
}

#[test]
fn two_bad_shares_of_four_are_blamed_and_one_is_missing() {
	let release = release(&context());
	let mut shares = shares(&release);
	for at in [0, 3] {
		shares[at].1[SHARE_SIZE - 30] ^= 1;
	}
	match release.combine(named(&shares)) {
		Err(CombineError::Waiting { missing, bad }) => {
			assert_eq!(missing, 1);
			assert_eq!(blamed(&bad), [1, 4]);
		}
		other => panic!("{other:?}"),
	}
}

#[test]
fn a_share_under_a_wrong_member_is_refused() {
	let release = release(&context());
	let share = release.share(&committee().shares[0]).unwrap();
	for (member, fault) in [
		(2, ShareFault::OtherMember { found: 1 }),
		(0, ShareFault::UnknownMember),
		(5, ShareFault::UnknownMember),
	] {
		match release.verify(member, &share) {
			Err(VerifyError::Share(error)) => assert_eq!(error, ShareError { member, fault }),
			other => panic!("{other:?}"),
		}
	}
}

#[test]
fn shares_and_secrets_of_another_epoch_are_refused() {
	let release = release(&context());
	let mut share = release.share(&committee().shares[0]).unwrap();
	share[4] ^= 2;
	match release.verify(1, &share) {
		Err(VerifyError::Share(error)) => {
			assert_eq!(error.fault, ShareFault::OtherEpoch { found: 3 })
		}
		other => panic!("{other:?}"),
	}
	let alone = deal_now(1);
	assert!(matches!(release.share(&alone.shares[0]), Err(Error::OtherEpoch { .. })));
	// A key sealed to another key of the same epoch number is refused too.
	let sealed = alone.public.seal(&DEK, &BINDING).unwrap();
	let release = Release::new(&committee().public, &sealed, &context()).unwrap();
	assert!(matches!(release.share(&committee().shares[0]), Err(Error::SealedKeyRefused)));
}
