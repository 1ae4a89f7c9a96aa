package main

import (
	"bytes"
	"crypto/ecdsa"
	"encoding/binary"
	"errors"
	"flag"
	"fmt"
	"math/big"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/accounts/abi"
	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/common/hexutil"
	"github.com/ethereum/go-ethereum/core/types"
	"github.com/ethereum/go-ethereum/crypto"
)

// Number of authors, as in the load of Salus.
const authors = 16

// Numbers of further keys: the registry, which only sets the contract up, and the clerk, who adds
// single files.
const (
	registry = authors
	clerk    = authors + 1
)

// Chain id of the development node.
const chain = 31337

// Gas of a call that registers one record, and of each further record. The node charges nothing.
const (
	gasOfCall   = 2_000_000
	gasOfRecord = 1_200_000
)

const organisation = uint32(1)

var patient = common.HexToAddress("0x00000000000000000000000000000000000000b0")

// Returns a number's key. Development only: everybody can compute it.
func key(number int) (*ecdsa.PrivateKey, common.Address, error) {
	secret, err := crypto.ToECDSA(crypto.Keccak256(fmt.Appendf(nil, "author %d", number)))
	if err != nil {
		return nil, common.Address{}, err
	}
	return secret, crypto.PubkeyToAddress(secret.PublicKey), nil
}

// Returns the interface of the contract from the compiler's output, and its code.
func contract(folder string) (abi.ABI, []byte, error) {
	text, err := os.ReadFile(folder + "/Records.abi")
	if err != nil {
		return abi.ABI{}, nil, fmt.Errorf("%w; run benches/peers/run --install", err)
	}
	parsed, err := abi.JSON(bytes.NewReader(text))
	if err != nil {
		return abi.ABI{}, nil, err
	}
	code, err := os.ReadFile(folder + "/Records.bin")
	return parsed, common.FromHex(strings.TrimSpace(string(code))), err
}

func signed(number int, nonce uint64, to *common.Address, gas uint64, data []byte) (string, error) {
	secret, _, err := key(number)
	if err != nil {
		return "", err
	}
	transaction, err := types.SignNewTx(secret, types.LatestSignerForChainID(big.NewInt(chain)),
		&types.LegacyTx{Nonce: nonce, To: to, Gas: gas, GasPrice: new(big.Int), Data: data})
	if err != nil {
		return "", err
	}
	raw, err := transaction.MarshalBinary()
	return hexutil.Encode(raw), err
}

// Waits until a transaction is in a block, and returns the address of the contract that it made.
func (s *server) inBlock(hash string) (common.Address, error) {
	for end := time.Now().Add(time.Minute); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		var receipt *struct {
			Status   hexutil.Uint64  `json:"status"`
			Contract *common.Address `json:"contractAddress"`
		}
		if err := s.ask(&receipt, "eth_getTransactionReceipt", hash); err != nil {
			return common.Address{}, err
		}
		if receipt == nil {
			continue
		}
		if receipt.Status != 1 {
			return common.Address{}, fmt.Errorf("the contract refused transaction %s", hash)
		}
		if receipt.Contract != nil {
			return *receipt.Contract, nil
		}
		return common.Address{}, nil
	}
	return common.Address{}, errors.New("no block took the transaction within a minute")
}

// Deploys the contract, admits the authors, has the patient let their organisation write and the
// second author read, and prints the contract's address.
func evmDeploy(flags *flag.FlagSet, arguments []string) (any, error) {
	address := flags.String("url", "", "")
	folder := flags.String("contract", "", "")
	_ = flags.Parse(arguments)
	server, err := newServer(*address, 4)
	if err != nil {
		return nil, err
	}
	records, code, err := contract(*folder)
	if err != nil {
		return nil, err
	}
	var nonce uint64
	transact := func(to *common.Address, gas uint64, data []byte) (common.Address, error) {
		raw, err := signed(registry, nonce, to, gas, data)
		if err != nil {
			return common.Address{}, err
		}
		nonce++
		var hash string
		if err := server.ask(&hash, "eth_sendRawTransaction", raw); err != nil {
			return common.Address{}, err
		}
		return server.inBlock(hash)
	}
	at, err := transact(nil, 10_000_000, code)
	if err != nil {
		return nil, err
	}
	var members []common.Address
	for number := range clerk + 1 {
		_, member, err := key(number)
		if err != nil {
			return nil, err
		}
		members = append(members, member)
	}
	data, err := records.Pack("setUp", organisation, members, patient, members[1])
	if err != nil {
		return nil, err
	}
	if _, err = transact(&at, 10_000_000, data); err != nil {
		return nil, err
	}
	return map[string]string{"contract": at.Hex()}, nil
}

// Returns the salt of a record's identifier.
func saltOf(number uint64, item int) [32]byte {
	return crypto.Keccak256Hash(
		binary.BigEndian.AppendUint32(binary.BigEndian.AppendUint64(nil, number), uint32(item)))
}

// Returns the data of a call that registers records. `number` makes it unique.
func registration(records abi.ABI, number uint64, batch, size int) ([]byte, error) {
	content := bytes.Repeat([]byte{6}, size)
	if batch == 1 {
		return records.Pack("register", saltOf(number, 0), patient, organisation, content)
	}
	salts, contents := make([][32]byte, batch), make([][]byte, batch)
	for item := range batch {
		salts[item], contents[item] = saltOf(number, item), content
	}
	return records.Pack("registerMany", salts, patient, organisation, contents)
}

// Returns the data of the question whether the second author may read the first record.
func evmQuestion(flags *flag.FlagSet, arguments []string) (any, error) {
	folder := flags.String("contract", "", "")
	_ = flags.Parse(arguments)
	records, _, err := contract(*folder)
	if err != nil {
		return nil, err
	}
	data, err := question(records, 0, saltOf(0, 0))
	return map[string]string{"data": data}, err
}

// Returns the data of a question about the record that an author registered with this salt.
func question(records abi.ABI, author int, salt [32]byte) (string, error) {
	_, by, err := key(author)
	if err != nil {
		return "", err
	}
	_, reader, err := key(1)
	if err != nil {
		return "", err
	}
	// As the contract computes it.
	id := crypto.Keccak256Hash(common.LeftPadBytes(by[:], 32), salt[:])
	data, err := records.Pack("decide", reader, [32]byte(id))
	return hexutil.Encode(data), err
}

// Prints signed transactions that register records, one per line, by each author in turn. The authors
// have sent `from` of them before.
func evmSign(flags *flag.FlagSet, arguments []string) (any, error) {
	folder := flags.String("contract", "", "")
	to := flags.String("to", "", "")
	calls := flags.Uint64("calls", 1, "")
	batch := flags.Int("batch", 1, "")
	size := flags.Int("size", 0, "")
	from := flags.Uint64("from", 0, "")
	_ = flags.Parse(arguments)
	records, _, err := contract(*folder)
	if err != nil {
		return nil, err
	}
	at := common.HexToAddress(*to)
	for number := *from; number < *from+*calls; number++ {
		data, err := registration(records, number, *batch, *size)
		if err != nil {
			return nil, err
		}
		raw, err := signed(int(number%authors), number/authors, &at, uint64(gasOfCall+*batch*gasOfRecord), data)
		if err != nil {
			return nil, err
		}
		fmt.Println(raw)
	}
	return nil, nil
}
