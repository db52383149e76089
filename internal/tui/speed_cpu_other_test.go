//go:build !linux

package tui_test

import "time"

// threadTime is the CPU time of this thread, which this system does not say.
func threadTime() time.Duration { return 0 }
