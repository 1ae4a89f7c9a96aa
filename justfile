# Recipes over the scripts: `just --list`. Each also runs without `just`.

# List the recipes.
default:
    @just --list

# Install what building and testing need.
setup *args:
    scripts/setup {{args}}

# Start a node and take a record through its whole life.
quickstart *args:
    scripts/quickstart {{args}}

# Run all checks and tests.
test *args:
    scripts/test {{args}}

# Build the package for JavaScript.
build-wasm *args:
    scripts/build-wasm {{args}}

# Start a consortium of N hospitals on this machine.
network *args:
    scripts/network {{args}}

# Kill nodes at random under a flow of records.
soak *args:
    scripts/soak {{args}}

# Measure the time from a request to the opened key.
bench-release *args:
    scripts/bench-release {{args}}

# Measure blocks, finality, idle cost and replication of four validators.
bench-network *args:
    scripts/bench-network {{args}}

# Measure a large file from adding to opening.
bench-large-file *args:
    scripts/bench-large-file {{args}}

# Measure sealing and opening of envelopes.
bench-envelope *args:
    scripts/bench-envelope {{args}}

# Measure the FHIR server.
bench-fhir *args:
    scripts/bench-fhir {{args}}

# Measure Salus and other systems.
bench-peers *args:
    benches/peers/run {{args}}

# Measure the time between blocks under load.
measure-block-time *args:
    scripts/measure-block-time {{args}}

# Measure and write the weights of pallets.
generate-weights *args:
    scripts/generate-weights {{args}}

# Lie to every command, and write the table of docs/lying.md.
generate-lies-table:
    scripts/generate-lies-table

# Check crates of others for vulnerabilities and licences, before a release.
check-advisories:
    scripts/check-advisories

# Check the words of all texts.
words:
    scripts/check-words
