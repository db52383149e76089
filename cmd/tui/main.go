// Command tui is the screen of askflow: it rehearses HubSpot workflows that ask OpenAI, on this machine.
package main

import (
	"context"
	"os"
	_ "time/tzdata" // time zones work where the machine has none installed

	"askflow/internal/tui"
)

func main() {
	os.Exit(tui.New(os.Stdin, os.Stdout, os.Stderr).Run(context.Background(), os.Args[1:]))
}
