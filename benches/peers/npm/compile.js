// Compiles Records.sol: node compile.js SOURCE FOLDER. Writes FOLDER/Records.abi and Records.bin.
const fs = require('node:fs');
const path = require('node:path');
const solc = require('solc');

const [source, folder] = process.argv.slice(2);
const input = {
  language: 'Solidity',
  sources: { 'Records.sol': { content: fs.readFileSync(source, 'utf8') } },
  settings: {
    evmVersion: 'cancun',
    optimizer: { enabled: true, runs: 10000 },
    outputSelection: { '*': { '*': ['abi', 'evm.bytecode.object'] } },
  },
};
const output = JSON.parse(solc.compile(JSON.stringify(input)));
const errors = (output.errors ?? []).filter((error) => error.severity === 'error');
if (errors.length > 0) {
  console.error(errors.map((error) => error.formattedMessage).join('\n'));
  process.exit(1);
}
const { abi, evm } = output.contracts['Records.sol'].Records;
fs.writeFileSync(path.join(folder, 'Records.abi'), JSON.stringify(abi));
fs.writeFileSync(path.join(folder, 'Records.bin'), evm.bytecode.object);
