package tui

import (
	"os"
	"runtime"
)

// spareProcessors lets the program use two threads more than the machine has processors, unless GOMAXPROCS says otherwise. A run
// with scripted answers keeps a few goroutines busy without a pause; a key that is pressed meanwhile would stand in line behind
// them, ten milliseconds for each. With a thread to spare it is the system that gives it the processor, which it does at once.
func spareProcessors() {
	const spare = 2
	if os.Getenv("GOMAXPROCS") == "" {
		runtime.GOMAXPROCS(runtime.GOMAXPROCS(0) + spare)
	}
}
