// Command emulator rehearses HubSpot workflows that ask OpenAI, on this machine.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // time zones work where the machine has none installed

	"askflow/internal/cli"
)

func main() {
	app := cli.New(os.Stdin, os.Stdout, os.Stderr)
	os.Exit(app.Run(context.Background(), os.Args[1:]))
}
