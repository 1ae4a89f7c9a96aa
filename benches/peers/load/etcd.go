package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"flag"
	"fmt"
	"strings"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
	"go.uber.org/zap"
)

// Puts records into etcd under new keys of 32 bytes, several in one transaction if --batch is above
// 1. Each has a second key, by which a patient's records are found, as in the other systems.
func etcd(flags *flag.FlagSet, arguments []string) (any, error) {
	endpoints := flags.String("endpoints", "", "")
	clients := flags.Int("clients", 32, "")
	count := flags.Int("count", 1, "")
	batch := flags.Int("batch", 1, "")
	size := flags.Int("size", 0, "")
	from := flags.Int("from", 0, "")
	_ = flags.Parse(arguments)
	addresses := strings.Split(*endpoints, ",")
	if err := onLoopback(addresses...); err != nil {
		return nil, err
	}
	if *count%*batch != 0 {
		return nil, fmt.Errorf("%d records are no whole number of batches of %d", *count, *batch)
	}
	// A few connections with many calls each, as etcd's own benchmark has.
	connections := make([]*clientv3.Client, min(4, *clients))
	for index := range connections {
		client, err := clientv3.New(clientv3.Config{
			Endpoints:   []string{addresses[index%len(addresses)]},
			DialTimeout: 10 * time.Second,
			Logger:      zap.NewNop(),
		})
		if err != nil {
			return nil, err
		}
		defer client.Close()
		connections[index] = client
	}
	content := string(bytes.Repeat([]byte{6}, *size))
	patient := string(bytes.Repeat([]byte{3}, 32))
	out, err := measure(*count / *batch, *clients, func(worker, item int) error {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		puts := make([]clientv3.Op, 0, 2**batch)
		for index := range *batch {
			number := uint64(*from + item**batch + index)
			key := sha256.Sum256(binary.BigEndian.AppendUint64(nil, number))
			id := string(key[:])
			puts = append(puts,
				clientv3.OpPut("record/"+id, content),
				clientv3.OpPut("of/"+patient+"/"+id, ""))
		}
		answer, err := connections[worker%len(connections)].Txn(ctx).Then(puts...).Commit()
		if err == nil && !answer.Succeeded {
			err = fmt.Errorf("etcd did not apply the transaction")
		}
		return err
	})
	out.Count = *count
	return out, err
}
