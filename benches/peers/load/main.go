// Load generator of benches/peers/run: puts the same work to each system, and prints one line of
// JSON with the time that it took and the processor time that the generator itself took.
//
// It is written in Go because etcd's and Ethereum's own client libraries are. It never starts a
// server, and connects to loopback only.
package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net"
	"net/url"
	"os"
	"sort"
	"sync"
	"sync/atomic"
	"syscall"
	"time"
)

// Result of a run, in the form that the driver reads.
type result struct {
	Count   int     `json:"count"`
	Seconds float64 `json:"seconds"`
	// Processor time of this process, in seconds.
	Processor float64 `json:"processor"`
	P50       float64 `json:"p50_ms"`
	P99       float64 `json:"p99_ms"`
	// Place of the file that evm-add added.
	Reference string `json:"reference,omitempty"`
}

var commands = map[string]func(*flag.FlagSet, []string) (any, error){
	"send":         send,
	"call":         call,
	"etcd":         etcd,
	"evm-deploy":   evmDeploy,
	"evm-sign":     evmSign,
	"evm-question": evmQuestion,
	"evm-add":      evmAdd,
	"evm-get":      evmGet,
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "load:", err)
		os.Exit(1)
	}
}

func run(arguments []string) error {
	if len(arguments) == 0 || commands[arguments[0]] == nil {
		names := make([]string, 0, len(commands))
		for name := range commands {
			names = append(names, name)
		}
		sort.Strings(names)
		return fmt.Errorf("name one of these commands: %v", names)
	}
	name := arguments[0]
	out, err := commands[name](flag.NewFlagSet(name, flag.ExitOnError), arguments[1:])
	if err != nil || out == nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(out)
}

// Returns an error unless every address is on this machine.
func onLoopback(addresses ...string) error {
	for _, address := range addresses {
		at, err := url.Parse(address)
		if err != nil {
			return err
		}
		if ip := net.ParseIP(at.Hostname()); ip == nil || !ip.IsLoopback() {
			return fmt.Errorf("%s is not an address of the loopback; this generator loads no other machine", address)
		}
	}
	return nil
}

// Returns this process's processor time in seconds.
func processor() float64 {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano()).Seconds()
}

// Runs work(0) to work(count-1) on that many workers in parallel, and returns the result. The first
// error ends it.
func measure(count, workers int, work func(worker, item int) error) (result, error) {
	var next atomic.Int64
	var group sync.WaitGroup
	var once sync.Once
	var failure error
	stop := make(chan struct{})
	took := make([]float64, count)
	before, start := processor(), time.Now()
	for worker := range workers {
		group.Go(func() {
			for {
				item := int(next.Add(1)) - 1
				if item >= count {
					return
				}
				select {
				case <-stop:
					return
				default:
				}
				began := time.Now()
				if err := work(worker, item); err != nil {
					once.Do(func() { failure = err; close(stop) })
					return
				}
				took[item] = time.Since(began).Seconds() * 1000
			}
		})
	}
	group.Wait()
	seconds := time.Since(start).Seconds()
	if failure != nil {
		return result{}, failure
	}
	if count == 0 {
		return result{}, errors.New("nothing to do: the count is 0")
	}
	sort.Float64s(took)
	return result{
		Count:     count,
		Seconds:   seconds,
		Processor: processor() - before,
		P50:       took[count/2],
		P99:       took[min(count-1, count*99/100)],
	}, nil
}
