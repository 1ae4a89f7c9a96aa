#!/bin/sh
# Configures Kubo as one hospital's store: only its own node talks to it, and it talks to nobody.
# The node replicates records to other hospitals. Kubo's image runs this before each start.
set -e
ipfs config --json AutoConf.Enabled false
ipfs config --json Bootstrap '[]'
ipfs config --json Addresses.Swarm '[]'
ipfs config Addresses.Gateway ''
ipfs config --json AutoTLS.Enabled false
ipfs config --json DNS.Resolvers '{}'
ipfs config --json Routing.DelegatedRouters '[]'
ipfs config --json Ipns.DelegatedPublishers '[]'
ipfs config --json Discovery.MDNS.Enabled false
ipfs config Routing.Type none
