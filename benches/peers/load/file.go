package main

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"mime/multipart"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/ethereum/go-ethereum/common"
	"github.com/ethereum/go-ethereum/crypto"
)

// Bytes of plaintext in a segment, as in Salus's envelope.
const segment = 1 << 20

// Applies AES-256-GCM to each segment of that many bytes. The nonce is the segment's number, and the
// key is used for one file only.
func segments(input []byte, size int, apply func(nonce, part []byte) ([]byte, error)) ([]byte, error) {
	output := make([]byte, 0, len(input)+16*(len(input)/size+1))
	for number := uint64(0); len(input) > 0; number++ {
		part := input[:min(size, len(input))]
		input = input[len(part):]
		nonce := binary.BigEndian.AppendUint64(make([]byte, 4, 12), number)
		done, err := apply(nonce, part)
		if err != nil {
			return nil, err
		}
		output = append(output, done...)
	}
	return output, nil
}

func gcm(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

type evmFlags struct {
	url, kubo, folder, to, file, reference *string
	nonce                                  *uint64
}

func parseEvm(flags *flag.FlagSet, arguments []string) (evmFlags, *server, error) {
	options := evmFlags{
		url:       flags.String("url", "", ""),
		kubo:      flags.String("kubo", "", ""),
		folder:    flags.String("contract", "", ""),
		to:        flags.String("to", "", ""),
		file:      flags.String("file", "", ""),
		reference: flags.String("reference", "", ""),
		nonce:     flags.Uint64("nonce", 0, ""),
	}
	_ = flags.Parse(arguments)
	if err := onLoopback(*options.kubo); err != nil {
		return options, nil, err
	}
	server, err := newServer(*options.url, 4)
	return options, server, err
}

// Encrypts a file, adds it to Kubo, registers it in the contract, and waits for the block. The
// reference is what `evm-get` needs.
func evmAdd(flags *flag.FlagSet, arguments []string) (any, error) {
	options, server, err := parseEvm(flags, arguments)
	if err != nil {
		return nil, err
	}
	records, _, err := contract(*options.folder)
	if err != nil {
		return nil, err
	}
	key := make([]byte, 32)
	if _, err := rand.Read(key); err != nil {
		return nil, err
	}
	var reference string
	out, err := measure(1, 1, func(_, _ int) error {
		plain, err := os.ReadFile(*options.file)
		if err != nil {
			return err
		}
		sealer, err := gcm(key)
		if err != nil {
			return err
		}
		sealed, err := segments(plain, segment, func(nonce, part []byte) ([]byte, error) {
			return sealer.Seal(nil, nonce, part, nil), nil
		})
		if err != nil {
			return err
		}
		root, err := kuboAdd(*options.kubo, sealed)
		if err != nil {
			return err
		}
		salt := crypto.Keccak256Hash(key)
		data, err := records.Pack("register", [32]byte(salt), patient, organisation, []byte(root))
		if err != nil {
			return err
		}
		at := common.HexToAddress(*options.to)
		raw, err := signed(clerk, *options.nonce, &at, gasOfCall, data)
		if err != nil {
			return err
		}
		var hash string
		if err := server.ask(&hash, "eth_sendRawTransaction", raw); err != nil {
			return err
		}
		if _, err := server.inBlock(hash); err != nil {
			return err
		}
		reference = hex.EncodeToString(key) + "," + root + "," + salt.Hex()
		return nil
	})
	out.Reference = reference
	return out, err
}

// Asks the contract for its decision, gets the file from Kubo, decrypts it, and writes it.
func evmGet(flags *flag.FlagSet, arguments []string) (any, error) {
	options, server, err := parseEvm(flags, arguments)
	if err != nil {
		return nil, err
	}
	parts := strings.Split(*options.reference, ",")
	if len(parts) != 3 {
		return nil, fmt.Errorf("the reference %q is not one of evm-add", *options.reference)
	}
	secret, err := hex.DecodeString(parts[0])
	if err != nil {
		return nil, err
	}
	records, _, err := contract(*options.folder)
	if err != nil {
		return nil, err
	}
	return measure(1, 1, func(_, _ int) error {
		data, err := question(records, clerk, common.HexToHash(parts[2]))
		if err != nil {
			return err
		}
		var decision string
		if err := server.ask(&decision, "eth_call", map[string]string{"to": *options.to, "data": data}, "latest"); err != nil {
			return err
		}
		if !strings.HasSuffix(decision, "1") {
			return fmt.Errorf("the contract refuses the reader: %s", decision)
		}
		sealed, err := kuboGet(*options.kubo, parts[1])
		if err != nil {
			return err
		}
		opener, err := gcm(secret)
		if err != nil {
			return err
		}
		plain, err := segments(sealed, segment+16, func(nonce, part []byte) ([]byte, error) {
			return opener.Open(nil, nonce, part, nil)
		})
		if err != nil {
			return err
		}
		return os.WriteFile(*options.file, plain, 0o600)
	})
}

var kubo = &http.Client{Timeout: time.Minute}

func kuboAsk(address, kind string, body io.Reader) ([]byte, error) {
	response, err := kubo.Post(address, kind, body)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("Kubo answers %s: %.200s", response.Status, text)
	}
	return text, err
}

// Adds and pins a file with the CIDs that Salus makes, and returns its root.
func kuboAdd(address string, content []byte) (string, error) {
	var body bytes.Buffer
	form := multipart.NewWriter(&body)
	part, err := form.CreateFormFile("file", "sealed")
	if err != nil {
		return "", err
	}
	if _, err := part.Write(content); err != nil {
		return "", err
	}
	if err := form.Close(); err != nil {
		return "", err
	}
	text, err := kuboAsk(address+"/api/v0/add?cid-version=1&raw-leaves=true&chunker=size-1048576&pin=true",
		form.FormDataContentType(), &body)
	if err != nil {
		return "", err
	}
	var added struct{ Hash string }
	err = json.Unmarshal(text, &added)
	return added.Hash, err
}

func kuboGet(address, root string) ([]byte, error) {
	return kuboAsk(address+"/api/v0/cat?arg="+root, "application/octet-stream", nil)
}
