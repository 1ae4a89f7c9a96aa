//! Kills nodes at random while records flow: `soak [SECONDS [SEED]]`.

use salus_e2e::soak::Soak;
use std::time::Duration;

#[tokio::main]
async fn main() {
	let mut arguments = std::env::args()
		.skip(1)
		.map(|text| text.parse::<u64>().expect("usage: soak [SECONDS [SEED]]"));
	let seconds = arguments.next().unwrap_or(600);
	let seed = arguments.next().unwrap_or(1);
	let soak = Soak { seed, duration: Duration::from_secs(seconds) };
	println!("seed {seed}, {seconds} s: {}", soak.run().await);
}
