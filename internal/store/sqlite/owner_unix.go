//go:build unix

package sqlite

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"strings"
	"syscall"
)

// processRuns asks whether there is a process with this pid. One that is dead but not yet reaped counts as gone.
func processRuns(pid int) bool {
	if pid <= 0 {
		return false
	}
	if err := syscall.Kill(pid, 0); err != nil && !errors.Is(err, syscall.EPERM) {
		return false
	}
	fields := procStat(pid)
	return len(fields) == 0 || (fields[0] != "Z" && fields[0] != "X")
}

// processStart is the boot and the clock tick in it at which the process started, where there is /proc.
func processStart(pid int) string {
	fields := procStat(pid)
	const startTime = 19 // field 22 of the file, counted after pid and name
	if len(fields) <= startTime {
		return ""
	}
	boot, _ := os.ReadFile("/proc/sys/kernel/random/boot_id") // without it ticks alone still tell most apart
	return strings.TrimSpace(string(boot)) + ":" + fields[startTime]
}

// procStat returns the fields of /proc/PID/stat after the name, which may itself hold blanks and parentheses.
func procStat(pid int) []string {
	data, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	if err != nil {
		return nil
	}
	end := bytes.LastIndexByte(data, ')')
	if end < 0 {
		return nil
	}
	return strings.Fields(string(data[end+1:]))
}
