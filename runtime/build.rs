//! Builds the runtime's Wasm beside its native form.

fn main() {
	#[cfg(feature = "std")]
	{
		// The Wasm is built in the target folder, which may lie outside of the workspace: this is where its `Cargo.lock` is.
		// Read when it runs, not when it was compiled: the target folder may serve another copy of the workspace by then.
		if let Some(runtime) = std::env::var_os("CARGO_MANIFEST_DIR") {
			let workspace = std::path::Path::new(&runtime).join("..");
			std::env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
		}
	}

	#[cfg(all(feature = "std", feature = "metadata-hash"))]
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		.enable_metadata_hash("HEAL", 12)
		.build();

	#[cfg(all(feature = "std", not(feature = "metadata-hash")))]
	substrate_wasm_builder::WasmBuilder::build_using_defaults();
}
