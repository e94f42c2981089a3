// Command network makes a private Snowman network for a test: keys and genesis of its validators, then, once they run,
// a subnet with the same validators and one EVM chain on it.
//
// It owns nothing of the product and holds no key of anybody: every key is made afresh and written, readable by the
// owner only, into the directory that is given.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"strings"
)

func main() {
	if err := run(context.Background(), os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// run answers with one JSON object on standard output.
func run(ctx context.Context, arguments []string) error {
	if len(arguments) == 0 {
		return fmt.Errorf("say `keys` or `chain`")
	}
	flags := flag.NewFlagSet(arguments[0], flag.ContinueOnError)
	directory := flags.String("dir", "", "where keys and genesis are")
	validators := flags.Int("validators", 4, "how many validators")
	uri := flags.String("uri", "", "the HTTP address of a running validator")
	genesis := flags.String("genesis", "", "the genesis file of the EVM chain")
	if err := flags.Parse(arguments[1:]); err != nil {
		return err
	}
	var (
		answer any
		err    error
	)
	switch arguments[0] {
	case "keys":
		answer, err = makeKeys(*directory, *validators)
	case "chain":
		answer, err = makeChain(ctx, strings.TrimRight(*uri, "/"), *directory, *genesis)
	default:
		err = fmt.Errorf("there is no command %q", arguments[0])
	}
	if err != nil {
		return err
	}
	return json.NewEncoder(os.Stdout).Encode(answer)
}
