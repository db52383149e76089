package sqlite

import (
	"os"
	"time"
)

// process names the process that executes a run. Its start tells it from a later one that got the same pid.
type process struct {
	pid   int
	host  string
	start string // "" where the system does not tell
}

// abroadGrace is how long after its last write a process on another host counts as living: nobody here can look.
const abroadGrace = 10 * time.Minute

func thisProcess() process {
	host, _ := os.Hostname() // no name is a name too: it is only compared
	return process{pid: os.Getpid(), host: host, start: processStart(os.Getpid())}
}

// alive tells whether p, which wrote last at updated, still runs. me is this process.
func (p process) alive(me process, updated, now time.Time) bool {
	if p.host != me.host {
		return now.Sub(updated) < abroadGrace
	}
	if p.pid == me.pid {
		return p.start == me.start
	}
	if !processRuns(p.pid) {
		return false
	}
	start := processStart(p.pid)
	return start == "" || p.start == "" || start == p.start
}
