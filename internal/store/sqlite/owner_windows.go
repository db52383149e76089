//go:build windows

package sqlite

import (
	"errors"
	"strconv"
	"syscall"
)

const (
	queryLimitedInformation = 0x1000
	stillActive             = 259
)

// processRuns asks whether there is a process with this pid.
func processRuns(pid int) bool {
	if pid <= 0 {
		return false
	}
	h, err := syscall.OpenProcess(queryLimitedInformation, false, uint32(pid))
	if err != nil {
		return errors.Is(err, syscall.ERROR_ACCESS_DENIED)
	}
	defer syscall.CloseHandle(h)
	var code uint32
	return syscall.GetExitCodeProcess(h, &code) != nil || code == stillActive
}

// processStart is when the process was created.
func processStart(pid int) string {
	if pid <= 0 {
		return ""
	}
	h, err := syscall.OpenProcess(queryLimitedInformation, false, uint32(pid))
	if err != nil {
		return ""
	}
	defer syscall.CloseHandle(h)
	var created, exited, kernel, user syscall.Filetime
	if syscall.GetProcessTimes(h, &created, &exited, &kernel, &user) != nil {
		return ""
	}
	return strconv.FormatInt(created.Nanoseconds(), 10)
}
