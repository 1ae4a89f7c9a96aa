//! Builds the runtime's Wasm in addition to its native form.

fn main() {
	#[cfg(feature = "std")]
	{
		// The Wasm is built in the target folder, which may be outside of the workspace. This hint
		// shows where the `Cargo.lock` is. The variable is read at run time, because by then the
		// target folder may serve a different copy of the workspace.
		if let Some(runtime) = std::env::var_os("CARGO_MANIFEST_DIR") {
			let workspace = std::path::Path::new(&runtime).join("..");
			std::env::set_var("WASM_BUILD_WORKSPACE_HINT", workspace);
		}
	}

	#[cfg(feature = "std")]
	substrate_wasm_builder::WasmBuilder::init_with_defaults()
		// The token's symbol and decimals, as in `salus-primitives`: clients compare.
		.enable_metadata_hash("HEAL", 12)
		.build();
}
