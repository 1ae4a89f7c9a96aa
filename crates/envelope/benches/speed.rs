//! Measures sealing and opening on one core: `speed [MEBIBYTES [SECONDS]]`.
//!
//! Prints bytes per second of processor time, from the best pass of each. `openssl speed` counts
//! processor time too, so a busy machine affects both equally. The data is larger than the caches,
//! so that memory access counts. `scripts/bench-envelope` compares the results with OpenSSL's.

use std::{
	error::Error,
	hint::black_box,
	time::{Duration, Instant},
};

use salus_envelope::{ciphertext_size, open, seal, Binding, Dek, Descriptor};

fn main() -> Result<(), Box<dyn Error>> {
	let mut arguments = std::env::args().skip(1);
	let mebibytes: usize = arguments.next().map_or(Ok(64), |text| text.parse())?;
	let seconds: u64 = arguments.next().map_or(Ok(2), |text| text.parse())?;
	let budget = Duration::from_secs(seconds);

	let dek = Dek::generate()?;
	let binding = Binding { record: [1; 32], version: 1 };
	let descriptor = Descriptor {
		title: "Chest X-ray".into(),
		media_type: "application/dicom".into(),
		file_name: "chest.dcm".into(),
		fhir_type: None,
		created: 1_700_000_000_000,
	};
	let plaintext: Vec<u8> = (0..mebibytes << 20).map(|at| (at % 251) as u8).collect();
	let size = ciphertext_size(plaintext.len() as u64, &descriptor)?;

	let mut envelope = Vec::with_capacity(usize::try_from(size)?);
	let mut commitment = [0; 32];
	let sealing = best(budget, || {
		envelope.clear();
		let sealed = seal(&dek, &binding, &descriptor, plaintext.as_slice(), &mut envelope)?;
		commitment = sealed.commitment;
		Ok(())
	})?;

	let mut opened = Vec::with_capacity(plaintext.len());
	let opening = best(budget, || {
		opened.clear();
		black_box(open(&dek, &binding, &commitment, envelope.as_slice(), &mut opened)?);
		Ok(())
	})?;
	if opened != plaintext {
		return Err("the opened plaintext differs".into());
	}

	let rate = |time: Duration| plaintext.len() as f64 / time.as_secs_f64();
	println!("seal {:.0}", rate(sealing));
	println!("open {:.0}", rate(opening));
	Ok(())
}

fn best(
	budget: Duration,
	mut pass: impl FnMut() -> Result<(), salus_envelope::Error>,
) -> Result<Duration, salus_envelope::Error> {
	let start = Instant::now();
	let mut best = Duration::MAX;
	while start.elapsed() < budget {
		let lap = processor_time(start);
		pass()?;
		best = best.min(processor_time(start) - lap);
	}
	Ok(best)
}

#[cfg(unix)]
fn processor_time(_: Instant) -> Duration {
	let time = rustix::time::clock_gettime(rustix::time::ClockId::ThreadCPUTime);
	Duration::new(time.tv_sec as u64, time.tv_nsec as u32)
}

/// Returns wall-clock time, which includes time that other processes take.
#[cfg(not(unix))]
fn processor_time(start: Instant) -> Duration {
	start.elapsed()
}
