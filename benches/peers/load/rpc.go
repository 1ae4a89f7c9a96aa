package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"slices"
	"strings"
	"time"
)

// Connections to a JSON-RPC server, kept open.
type server struct {
	url    string
	client *http.Client
}

type answer struct {
	Result json.RawMessage `json:"result"`
	Error  *struct {
		Code    int    `json:"code"`
		Message string `json:"message"`
		Data    any    `json:"data"`
	} `json:"error"`
}

func newServer(address string, connections int) (*server, error) {
	if err := onLoopback(address); err != nil {
		return nil, err
	}
	transport := &http.Transport{MaxIdleConnsPerHost: connections, MaxConnsPerHost: connections}
	return &server{address, &http.Client{Transport: transport, Timeout: 2 * time.Minute}}, nil
}

// Posts a request, and returns the body of the answer.
func (s *server) post(body []byte) ([]byte, error) {
	response, err := s.client.Post(s.url, "application/json", bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("%s: %s", response.Status, text)
	}
	return text, err
}

func (a answer) err() error {
	if a.Error == nil {
		return nil
	}
	return fmt.Errorf("refused with code %d: %s (%v)", a.Error.Code, a.Error.Message, a.Error.Data)
}

// Calls a method, and decodes its result into out.
func (s *server) ask(out any, method string, parameters ...any) error {
	if parameters == nil {
		parameters = []any{}
	}
	body, err := json.Marshal(map[string]any{
		"jsonrpc": "2.0", "id": 1, "method": method, "params": parameters,
	})
	if err != nil {
		return err
	}
	text, err := s.post(body)
	if err != nil {
		return err
	}
	var got answer
	if err := json.Unmarshal(text, &got); err != nil {
		return err
	}
	if err := got.err(); err != nil {
		return fmt.Errorf("%s: %w", method, err)
	}
	return json.Unmarshal(got.Result, out)
}

// Sends transactions, one per line of standard input, in batches of JSON-RPC. Every answer must be a
// hash. The authors take turns in the lines, and each author's transactions go over one connection
// in order, because a transaction that arrives before its predecessor costs a chain more. With
// --again, the server may refuse those that it has.
func send(flags *flag.FlagSet, arguments []string) (any, error) {
	address := flags.String("url", "", "")
	method := flags.String("method", "", "")
	connections := flags.Int("connections", 4, "")
	batch := flags.Int("batch", 100, "")
	again := flags.Bool("again", false, "")
	_ = flags.Parse(arguments)
	if authors%*connections != 0 {
		return nil, fmt.Errorf("%d connections cannot share %d authors evenly", *connections, authors)
	}
	server, err := newServer(*address, *connections)
	if err != nil {
		return nil, err
	}
	streams, count, err := batches(os.Stdin, *method, *connections, *batch)
	if err != nil {
		return nil, err
	}
	out, err := measure(*connections, *connections, func(_, stream int) error {
		for _, body := range streams[stream] {
			if err := server.hand(body, *again); err != nil {
				return err
			}
		}
		return nil
	})
	out.Count = count
	return out, err
}

// Returns the bodies of the requests of each connection, and the number of transactions.
func batches(input io.Reader, method string, connections, size int) ([][][]byte, int, error) {
	lines := bufio.NewScanner(input)
	lines.Buffer(nil, 64<<20)
	calls := make([][]string, connections)
	count := 0
	for ; lines.Scan(); count++ {
		stream := count % connections
		calls[stream] = append(calls[stream], fmt.Sprintf(
			`{"jsonrpc":"2.0","id":%d,"method":"%s","params":["%s"]}`, count, method, strings.TrimSpace(lines.Text())))
	}
	bodies := make([][][]byte, connections)
	for stream, all := range calls {
		for part := range slices.Chunk(all, size) {
			bodies[stream] = append(bodies[stream], []byte("["+strings.Join(part, ",")+"]"))
		}
	}
	return bodies, count, lines.Err()
}

// Posts a batch. Unless the transactions were sent before, no answer may be an error.
func (s *server) hand(body []byte, again bool) error {
	text, err := s.post(body)
	if err != nil {
		return err
	}
	var answers []answer
	if err := json.Unmarshal(text, &answers); err != nil {
		return fmt.Errorf("not an answer to a batch: %.200s", text)
	}
	for _, one := range answers {
		if err := one.err(); err != nil && !again {
			return err
		}
	}
	return nil
}

// Repeats one call. Every result must contain the expected text.
func call(flags *flag.FlagSet, arguments []string) (any, error) {
	address := flags.String("url", "", "")
	method := flags.String("method", "", "")
	parameters := flags.String("params", "[]", "")
	expect := flags.String("expect", "", "")
	connections := flags.Int("connections", 32, "")
	count := flags.Int("count", 1, "")
	_ = flags.Parse(arguments)
	server, err := newServer(*address, *connections)
	if err != nil {
		return nil, err
	}
	if *expect == "" {
		return nil, errors.New("say with --expect what the result must contain")
	}
	body := fmt.Appendf(nil, `{"jsonrpc":"2.0","id":1,"method":"%s","params":%s}`, *method, *parameters)
	return measure(*count, *connections, func(_, _ int) error {
		text, err := server.post(body)
		if err == nil && !bytes.Contains(text, []byte(*expect)) {
			err = fmt.Errorf("an unexpected answer: %.300s", text)
		}
		return err
	})
}
